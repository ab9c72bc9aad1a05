"""Corrections: an entry is never changed, its mirror is posted and names it, once (P2)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.refusals import NotFound, Refusal
from kernel.services import hold_chains, record

from ..facts import EntryReversed
from ..models import Entry
from ..rules import Leg, mirrored, reversal_refusal
from .entries import write_entry


@transaction.atomic
def reverse_entry(entry_id: int, *, key: str, actor) -> Entry:
    """Post the mirror of an entry; the same key answers the same mirror, another key is refused. The caller decides who may.

    Raises NotFound, Refusal reversed_already, entry_of_a_hold, insufficient_funds (what was given has been spent).
    """
    corrected = Entry.objects.filter(pk=entry_id).first()
    if corrected is None:
        raise NotFound()
    postings = list(corrected.postings.select_related("account").order_by("pk"))
    legs = [Leg(p.account.holder, p.account.purpose, p.currency, p.minor) for p in postings]
    if refusal := reversal_refusal(legs):
        raise Refusal(refusal, _("Held money is released or refunded; its entries are not corrected one by one."))
    chains = [enterprise_chain(p.account.enterprise_id) for p in postings if p.account.enterprise_id]
    hold_chains(chains)  # chains before accounts, as everywhere
    ref = (corrected.ref_type, corrected.ref_id)
    entry = write_entry(
        key=f"reversal:{corrected.pk}:{key}", kind="correction", legs=mirrored(legs), ref=ref, actor=actor, reverses=corrected
    )
    if entry.fresh:
        news = EntryReversed(entry_id=entry.pk, no=entry.no, corrected_id=corrected.pk, corrected_no=corrected.no)
        record(news, actor=actor, subject=entry, chains=chains)
    return entry
