"""Money that left the account: what carries out an instruction confirms it, everything else waits for two people."""

from collections.abc import Sequence

from django.db.models import Q

from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.services import hold_chains, lock_all, move

from ..bank import spelled
from ..models import CustodianInstruction, Escrow, StatementEntry
from ..rules import CLOCKED, references_in, squeezed
from .custody import book_payout, payout_refusal
from .instructions import chains_of


def match_outgoing(entry_ids: Sequence[int], *, actor) -> None:
    """Confirm the instructions that these entries carry out: reference, amount, and the payee's account where both are known."""
    seen = StatementEntry.objects.filter(pk__in=entry_ids, returned=False).order_by("at", "row")
    words = {entry.pk: squeezed(entry.text) for entry in seen}
    candidates = _candidates(list(seen), words)
    escrows = {row.pk: row for row in lock_all(Escrow.objects.all(), {i.escrow_id for i in candidates if i.escrow_id})}
    rows = CustodianInstruction.objects.select_related("entry__statement", "enterprise", "payee_account")
    open_ones = {row.pk: row for row in lock_all(rows, [i.pk for i in candidates])}
    entries = {entry.pk: entry for entry in lock_all(StatementEntry.objects.all(), [entry.pk for entry in seen])}
    hold_chains({chain for row in open_ones.values() for chain in chains_of(escrows.get(row.escrow_id))})
    for pk in [entry.pk for entry in seen]:
        entry = entries[pk]
        fits = [row for row in open_ones.values() if row.state == "sent" and _fits(row, escrows.get(row.escrow_id), entry, words[pk])]
        reason, instruction = _judged(entry, fits, escrows, actor)
        entry.reason, entry.meant = reason, [row.pk for row in fits]
        entry.save(update_fields=["reason", "meant"])
        if reason == "paid":
            confirm_with(entry, instruction, escrows.get(instruction.escrow_id), actor=actor)


def confirm_with(entry: StatementEntry, instruction: CustodianInstruction, escrow: Escrow | None, *, actor) -> None:
    """Confirm a locked instruction by a locked entry, in the caller's transaction."""
    book_payout(instruction, escrow, entry.no, actor=actor)
    move(entry, "settle", confirms=instruction, booked_at=now())


def _candidates(entries: Sequence[StatementEntry], words: dict[int, str]) -> list[CustodianInstruction]:
    if not entries:
        return []
    named = {reference for text in words.values() for reference in references_in(text)}
    rows = CustodianInstruction.objects.filter(state="sent", kind__in=CLOCKED, currency=entries[0].currency)
    amounts = {entry.amount_minor for entry in entries}
    wanted = Q(escrow__remittance_reference__in=named) | Q(escrow=None)
    return list(rows.filter(wanted, amount_minor__in=amounts).order_by("pk"))


def _fits(row: CustodianInstruction, escrow: Escrow | None, entry: StatementEntry, text: str) -> bool:
    reference = escrow.remittance_reference if escrow else squeezed(row.idempotency_key)
    return row.amount_minor == entry.amount_minor and reference in text


def _judged(entry, fits, escrows, actor):
    if len(fits) != 1:
        return ("unknown" if not fits else "likely"), None
    row = fits[0]
    escrow = escrows.get(row.escrow_id)
    known = row.payee_account.value if row.payee_account else ""
    if entry.account and known and spelled(entry.account) != spelled(known):
        return "payee", row
    if escrow and ever_belonged(actor, [escrow.payer_id, escrow.payee_id]):
        return "own", row
    return ("unreleased" if payout_refusal(row, escrow) else "paid"), row
