"""Escrow as instructions and confirmations; the ledger mirrors what the custodian holds."""

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import KeyReused, Refusal
from kernel.services import lock, lock_all, move, record
from ledger.services import refund_hold, refund_hold_part, release_hold

from ..facts import EscrowCancelled, EscrowOpened, EscrowPartRefunded, EscrowRefunded, EscrowReleased
from ..models import Allocation, CustodianInstruction, Escrow
from ..rules import remittance_reference
from .instructions import instruct


@transaction.atomic
def open_escrow(*, payer_id: int, payee_id: int, amount: Money, ref: tuple[str, str], actor, key: str, fee_minor: int = 0) -> Escrow:
    """Ask the custodian to collect an amount from the payer; the same key answers the same escrow (SPEC H55).

    Of `amount`, `fee_minor` goes to the platform when the rest goes to the payee.
    Raises Refusal escrow_not_cash, amount_not_positive, key_reused.
    """
    if amount.currency == CREDIT:
        raise Refusal("escrow_not_cash", _("The custodian receives money, not barter credit."))
    if amount.minor <= 0:
        raise Refusal("amount_not_positive", _("The amount must be more than zero."))
    wanted = Escrow(
        key=key, payer_id=payer_id, payee_id=payee_id, amount_minor=amount.minor, fee_minor=fee_minor, currency=amount.currency,
        ref_type=ref[0], ref_id=str(ref[1]), remittance_reference=_next_reference(), opened_at=now(),
    )  # fmt: skip
    Escrow.objects.bulk_create([wanted], ignore_conflicts=True)  # a twin with the same key waits here
    escrow = lock(Escrow.objects.all(), key=key)
    same = ("payer_id", "payee_id", "amount_minor", "fee_minor", "currency", "ref_type", "ref_id")
    if any(getattr(escrow, name) != getattr(wanted, name) for name in same):
        raise KeyReused()
    if escrow.remittance_reference == wanted.remittance_reference:  # ours, not the twin's
        tell(EscrowOpened, escrow, actor=actor)
        instruct(escrow, "collect", actor=actor)
    return escrow


def _next_reference() -> str:
    # A database sequence: no row that every order of the day would have to wait for. It runs round after 99,999.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('credit_guarantee_remittance')")
        return remittance_reference(localdate(now()), cursor.fetchone()[0])


@transaction.atomic
def release_escrow(escrow_id: int, *, actor, key: str) -> Escrow:
    """Give the money to the payee and instruct the payout; the same key answers the same. Raises IllegalMove, NotFound."""
    return _settle(escrow_id, "release", release_hold, "pay_out", EscrowReleased, actor, key)


@transaction.atomic
def refund_escrow(escrow_id: int, *, actor, key: str) -> Escrow:
    """Give the money back to the payer and instruct the payment; the same key answers the same. Raises IllegalMove, NotFound."""
    return _settle(escrow_id, "refund", refund_hold, "pay_back", EscrowRefunded, actor, key)


@transaction.atomic
def refund_escrow_part(escrow_id: int, *, minor: int, key: str, actor) -> Escrow:
    """Give a part of what is still held back to the payer and instruct the payment; the same key answers the same escrow.

    Raises Refusal part_too_large unless 0 < minor < what is left, IllegalMove, KeyReused, NotFound.
    """
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    if escrow.hold_id is None:
        Escrow.MACHINE.target(escrow.state, "refund")
    before = escrow.returned_minor
    hold = refund_hold_part(escrow.hold_id, minor=minor, key=f"escrow:{key}", actor=actor)
    if hold.returned_minor != before:  # otherwise it is the same request again
        escrow.returned_minor = hold.returned_minor
        escrow.save(update_fields=["returned_minor"])
        tell(EscrowPartRefunded, escrow, actor=actor, minor=minor)
        instruct(escrow, "part", actor=actor, minor=minor)
    return escrow


def _settle(escrow_id, verb, settle_hold, instruction_kind, news, actor, key) -> Escrow:
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    if escrow.closed_key == key and escrow.state == Escrow.MACHINE.moves[verb][1]:
        return escrow  # the same request again
    move(escrow, verb, closed_at=now(), closed_key=key)
    settle_hold(escrow.hold_id, key=f"escrow:{key}", actor=actor)
    tell(news, escrow, actor=actor, minor=escrow.left_minor)
    instruct(escrow, instruction_kind, actor=actor)
    if instruction_kind == "pay_out" and escrow.fee_left_minor:
        instruct(escrow, "fee", actor=actor)
    return escrow


@transaction.atomic
def cancel_escrow(escrow_id: int, *, actor) -> Escrow:
    """Give up an escrow that no money has reached; done already is done. Raises IllegalMove, NotFound."""
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    if escrow.state == "cancelled":
        return escrow
    move(escrow, "cancel", closed_at=now())
    asked = CustodianInstruction.objects.filter(escrow=escrow, kind="collect", state="sent")
    for instruction in lock_all(CustodianInstruction.objects.all(), asked.values_list("pk", flat=True)):
        move(instruction, "withdraw", answered_at=now())
    Allocation.objects.filter(escrow=escrow, ended_at=None).update(ended_at=now())  # a part that had come waits in suspense again
    tell(EscrowCancelled, escrow, actor=actor)
    return escrow


def tell(news, escrow: Escrow, *, actor, minor: int | None = None) -> None:
    """Record a fact about an escrow, or about a part of it, on both parties' chains."""
    value = news(
        escrow_id=escrow.pk, ref_type=escrow.ref_type, ref_id=escrow.ref_id, currency=escrow.currency,
        amount_minor=escrow.amount_minor if minor is None else minor,
    )  # fmt: skip
    record(value, actor=actor, subject=escrow, chains=[enterprise_chain(escrow.payer_id), enterprise_chain(escrow.payee_id)])
