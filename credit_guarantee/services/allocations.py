"""Which bank entry pays which escrow; when an escrow's money is complete it leaves suspense for the hold, as if confirmed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum

from kernel.clock import now
from kernel.money import Money
from kernel.services import lock_all, move, record
from ledger.services import hold_from_suspense

from ..facts import EscrowFunded, TransferDiffered, TransferReceived
from ..models import Allocation, CustodianInstruction, Escrow, StatementEntry
from .custody import confirm_receipt
from .escrows import tell
from .instructions import chains_of


@dataclass(frozen=True)
class Share:
    """So much of an entry for one locked escrow, and what bank charges took of it on the way."""

    escrow: Escrow
    amount: Money
    charges: Money


def free_of(entry: StatementEntry) -> Money:
    """What of an entry is neither allocated nor sent back."""
    given = Allocation.objects.filter(entry=entry, ended_at=None).aggregate(n=Sum("amount_minor"))["n"] or 0
    back = CustodianInstruction.objects.filter(entry=entry, state__in=["sent", "confirmed"]).aggregate(n=Sum("amount_minor"))["n"] or 0
    return Money(entry.amount_minor - int(given) - int(back), entry.currency)


def received_of(escrow: Escrow) -> Money:
    """What bank entries have brought for an escrow, charges that were borne for it included."""
    got = Allocation.objects.filter(escrow=escrow, ended_at=None).aggregate(n=Sum(F("amount_minor") + F("charges_minor")))["n"]
    return Money(int(got or 0), escrow.currency)


def allocate(entry: StatementEntry, shares: Sequence[Share], *, actor) -> None:
    """Allocate parts of a locked entry to locked escrows and fund those whose money is complete, in the caller's transaction.

    The database refuses more than the entry brought or an escrow asks for. Chains of all parties must be held already when there are many.
    """
    rows = [
        Allocation(entry=entry, escrow=s.escrow, amount_minor=s.amount.minor, charges_minor=s.charges.minor, at=now()) for s in shares
    ]  # fmt: skip
    Allocation.objects.bulk_create(rows)
    for share in shares:
        received = share.amount + share.charges
        if received != share.escrow.amount:
            received = received_of(share.escrow)
        if share.escrow.state == "awaiting_funds" and received == share.escrow.amount:
            _fund(share, entry, actor)  # its fact says that all is there
        else:
            _tell(share, entry, received, actor)
    if sum(share.amount.minor for share in shares) == entry.amount_minor:
        move(entry, "settle")
    else:
        settle_if_spent(entry)


def _fund(share: Share, entry: StatementEntry, actor) -> None:
    escrow, parts = share.escrow, Allocation.objects.filter(escrow=share.escrow, ended_at=None)
    charges = share.charges
    if share.amount + charges != escrow.amount:  # earlier transfers had brought a part
        charges = Money(int(parts.aggregate(n=Sum("charges_minor"))["n"] or 0), escrow.currency)
    confirm_receipt(escrow, f"{entry.no}-{escrow.remittance_reference}", actor=actor)
    tell(EscrowFunded, escrow, actor=actor)  # chains before accounts, as everywhere
    hold = hold_from_suspense(
        key=f"escrow:{escrow.pk}", payer_id=escrow.payer_id, payee_id=escrow.payee_id, amount=escrow.amount, charges=charges,
        fee_minor=escrow.fee_minor, ref=escrow.ref, actor=actor,
    )  # fmt: skip
    move(escrow, "fund", hold=hold, funded_at=now())
    parts.update(held_at=now())


def settle_if_spent(entry: StatementEntry) -> None:
    """Settle a locked entry of which nothing is left."""
    if entry.state == "waiting" and not free_of(entry):
        move(entry, "settle", booked_at=entry.booked_at or now())


def _tell(share: Share, entry: StatementEntry, received: Money, actor) -> None:
    escrow = share.escrow
    news = TransferReceived(
        escrow_id=escrow.pk, entry_id=entry.pk, ref_type=escrow.ref_type, ref_id=escrow.ref_id, enterprise_id=escrow.payer_id,
        amount_minor=share.amount.minor, charges_minor=share.charges.minor, received_minor=received.minor,
        due_minor=(escrow.amount - received).minor, currency=escrow.currency,
    )  # fmt: skip
    record(news, actor=actor, subject=escrow, chains=chains_of(escrow))


def tell_difference(entry: StatementEntry, escrow: Escrow, due: Money, *, actor) -> None:
    """Let the payer's side know that a transfer came which does not fit, in the caller's transaction."""
    news = TransferDiffered(
        escrow_id=escrow.pk, entry_id=entry.pk, ref_type=escrow.ref_type, ref_id=escrow.ref_id, enterprise_id=escrow.payer_id,
        reason=entry.reason, amount_minor=entry.amount_minor, due_minor=due.minor, currency=escrow.currency,
    )  # fmt: skip
    record(news, actor=actor, subject=escrow, chains=chains_of(escrow))


@transaction.atomic
def free_allocations(escrow_id: int) -> int:
    """Money that had been allocated to an escrow which was given up waits in suspense again; returns how many entries it came from."""
    ended = Allocation.objects.filter(escrow_id=escrow_id, escrow__state="cancelled", held_at=None)
    entries = set(ended.values_list("entry_id", flat=True))
    for entry in lock_all(StatementEntry.objects.all(), entries):
        if entry.state == "settled" and free_of(entry):
            move(entry, "reopen", reason="ended")
    return len(entries)
