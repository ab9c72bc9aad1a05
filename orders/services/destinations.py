"""Where the parties want their goods, kept with the terms; the persons named there stay erasable (decision 17)."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.refusals import Refusal
from kernel.services.facts import keep_personal
from kernel.vault import digest

from .. import rules
from ..models import Destination, Order, OrderLine


def needed_by(enterprise_id: int, lines: Iterable[OrderLine]) -> bool:
    """Whether goods of these lines go to an enterprise."""
    return any(line.giver_id != enterprise_id for line in lines)


def destination_of(order: Order, receiver: Enterprise, wanted: rules.DeliveryTerms | None) -> Destination:
    """Make the unsaved row of a party's destination; None means the registered address and the company's number.

    Raises Refusal destination_missing.
    """
    wanted = wanted or rules.DeliveryTerms(phone=receiver.phone)
    address = wanted.address.strip() or receiver.address.strip()
    if not address:
        raise Refusal("destination_missing", _("Say where the goods are to be delivered."))
    contact_id, contact_commitment = _kept(receiver.pk, "name", wanted.contact.strip())
    phone_id, phone_commitment = _kept(receiver.pk, "phone", wanted.phone.strip())
    return Destination(
        order=order, receiver=receiver, address=address, contact_id=contact_id, contact_commitment=contact_commitment,
        phone_id=phone_id, phone_commitment=phone_commitment, created_at=now(),
    )  # fmt: skip


def _kept(enterprise_id: int, kind: str, text: str) -> tuple[int | None, str]:
    if not text:
        return None, ""
    pk, commitment = keep_personal(enterprise_chain(enterprise_id), kind, text)
    return pk, commitment


def sealed(wanted: rules.DeliveryTerms | None) -> str:
    """A destination as input of a request key: comparable, and useless to whoever reads the table."""
    return digest("|".join([wanted.address, wanted.contact, wanted.phone])) if wanted else ""
