"""What happened to an order, line by line: who, what, how much, under which number. Loaded rows in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.chains import enterprise_chain, subject_of
from kernel.models import Fact
from kernel.money import Money
from kernel.queries import change_labels, fact_label
from ledger.queries import Movement, entries_about

from .. import rules
from ..models import Order
from . import desk

# Which ledger entries a money fact is the news of; the ledger numbers entries, facts only say what happened.
VOUCHERS = {
    "ledger.funds_held": ("hold", "collection"),
    "ledger.funds_released": ("release",),
    "ledger.funds_refunded": ("refund",),
    "ledger.funds_part_refunded": ("refund",),
}


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `notes` are numbers and sentences that belong to it."""

    at: object
    who: str
    what: object
    amount: Money | None = None
    notes: list[str] = field(default_factory=list)
    changes: list[dict] = field(default_factory=list)


def events_of(order: Order, facts: Iterable[Fact], names: dict[int, str]) -> list[Event]:
    """The timeline of a loaded order, oldest first; `names` are those of the viewer's own people, all others are their firm."""
    entries = entries_about(subject_of(order))
    return [
        Event(fact.at, _who(fact, order, names), fact_label(fact.name), _amount(fact), _notes(fact, order, entries), change_labels(fact))
        for fact in facts
    ]


def _who(fact: Fact, order: Order, names: dict[int, str]) -> str:
    """A name for our own people, the firm for the other side's, a role for machines and staff."""
    if fact.actor_user_id in names:
        return names[fact.actor_user_id]
    for party in order.parties:
        if fact.acting_for == enterprise_chain(party):
            return order.party_name(party, get_language() or "")
    roles = {
        "timer": _("The clock"), "command": _("The platform"), "custodian": _("The custodian"), "staff": _("Platform staff"),
        "carrier": _("The carrier"),
    }  # fmt: skip
    return roles.get(fact.actor_kind, _("The platform"))


def _amount(fact: Fact) -> Money | None:
    if fact.payload.get("total_currency"):
        return Money(fact.payload["total_minor"], fact.payload["total_currency"])
    if "amount_minor" not in fact.payload or "currency" not in fact.payload:
        return None
    return Money(fact.payload["amount_minor"], fact.payload["currency"])


def _notes(fact: Fact, order: Order, entries: list[Movement]) -> list[str]:
    payload = fact.payload
    notes = []
    if payload.get("waybill_no"):
        carrier = rules.CARRIERS.get(payload.get("carrier", ""), ("",))[0]
        notes.append(f"{carrier} {payload['waybill_no']}".strip())
    told = payload.get("goods", {})
    notes += [desk.fate_words(order, goods, told[str(goods.pk)]) for goods in order.consignments.all() if str(goods.pk) in told]
    if voucher := _voucher(fact, entries):
        notes.append(_("Voucher %(no)s") % {"no": voucher})
    escrow = next((t.escrow for t in order.tenders.all() if t.escrow_id and t.escrow_id == payload.get("escrow_id")), None)
    if escrow is not None:
        notes.append(_("Remittance reference %(no)s") % {"no": escrow.remittance_reference})
    return notes


def _voucher(fact: Fact, entries: list[Movement]) -> str:
    """Take the first entry of the fact's kind and amount that no earlier fact has taken; both stand in the order they were written."""
    for entry in entries:
        if entry.kind in VOUCHERS.get(fact.name, ()) and entry.amount == _amount(fact):
            entries.remove(entry)
            return entry.no
    return ""
