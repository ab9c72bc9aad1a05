"""What the custodian answered, entered by finance (SPEC H55): needs confirm_custodian, and never for the own enterprise."""

import unicodedata

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.money import MAX_MINOR, Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, record
from ledger.services import pay_out, receive_hold, receive_suspense, return_suspense

from ..facts import EscrowFunded, InstructionRefused, PayoutConfirmed, SuspenseReceived, SuspenseReturned
from ..models import CustodianInstruction, Escrow
from ..permissions import CONFIRM_CUSTODIAN
from ..queries import can_send_again
from ..rules import PAY
from .escrows import tell
from .instructions import chains_of, instruct, next_idempotency_key


@transaction.atomic
def confirm_collection(escrow_id: int, *, actor, custodian_reference: str, request_key: str) -> Escrow:
    """Book that the payer's money has reached the custodian; the same request_key answers the same.

    Money for an escrow that was cancelled meanwhile goes to suspense and back to the payer; the escrow answered is then `cancelled`.
    Raises Denied (no permission, own enterprise), NotFound, IllegalMove, Refusal custodian_reference_missing/_used, key_reused.
    """
    reference = _allowed_reference(actor, custodian_reference)
    claim = _claim(request_key, "confirm_collection", actor, escrow=escrow_id, reference=reference)
    if claim.result_id:
        return Escrow.objects.get(pk=claim.result_id)
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    _refuse_own(actor, escrow)
    if escrow.state == "cancelled":  # never turned away: real money has arrived (P9)
        _into_suspense(escrow, escrow.amount, reference, actor)
        claim.done(escrow.pk)
        return escrow
    hold_values = {"payer_id": escrow.payer_id, "payee_id": escrow.payee_id, "amount": escrow.amount, "ref": escrow.ref}
    escrow.MACHINE.target(escrow.state, "fund")  # refuses before any money is booked
    _confirm(_open_instruction(escrow, "collect"), actor, reference)
    hold = receive_hold(key=f"escrow:{escrow.pk}", actor=actor, **hold_values)
    move(escrow, "fund", hold=hold, funded_at=now())
    tell(EscrowFunded, escrow, actor=actor)
    claim.done(escrow.pk)
    return escrow


@transaction.atomic
def confirm_payout(instruction_id: int, *, actor, custodian_reference: str, request_key: str) -> CustodianInstruction:
    """Book that the custodian has paid out, paid back or returned; the same request_key answers the same.

    Raises Denied (no permission, own enterprise), NotFound, IllegalMove,
    Refusal custodian_reference_missing/_used, not_a_payout, frozen (kept back while its payee is frozen), key_reused.
    """
    reference = _allowed_reference(actor, custodian_reference)
    claim = _claim(request_key, "confirm_payout", actor, instruction=instruction_id, reference=reference)
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    escrow, instruction = _lock_both(instruction_id)
    if instruction.kind in ("collect", "suspense"):
        raise Refusal("not_a_payout")
    _refuse_own(actor, escrow)
    if not instruction.handed_at and instruction.enterprise.state == "frozen":
        raise Refusal(
            "frozen", _("The company is frozen, so this payment was never handed to the custodian. It waits until the freeze ends.")
        )
    _confirm(instruction, actor, reference)
    key, amount = f"instruction:{instruction.pk}", instruction.amount
    if instruction.kind == "return":
        _tell_money(SuspenseReturned, instruction, escrow, actor)
        return_suspense(key=key, amount=amount, ref=escrow.ref, actor=actor)
    else:
        _tell_money(PayoutConfirmed, instruction, escrow, actor)
        pay_out(key=key, enterprise_id=instruction.enterprise_id, amount=amount, ref=escrow.ref, actor=actor)
    claim.done(instruction.pk)
    return instruction


@transaction.atomic
def refuse_instruction(instruction_id: int, *, actor, reason: str, request_key: str) -> CustodianInstruction:
    """Note that the custodian will not do what it was asked; money stays where it is.

    Raises Denied, NotFound, IllegalMove, Refusal reason_missing, key_reused.
    """
    require_staff(actor, CONFIRM_CUSTODIAN)
    reason = reason.strip()
    if not reason:
        raise Refusal("reason_missing", _("Give a reason."))
    claim = _claim(request_key, "refuse_instruction", actor, instruction=instruction_id, reason=reason)
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    escrow, instruction = _lock_both(instruction_id)
    _refuse_own(actor, escrow)
    move(instruction, "refuse", refusal_reason=reason, answered_at=now(), answered_by_id=actor.user_id)
    meet_deadline(PAY.code, instruction)
    news = InstructionRefused(instruction_id=instruction.pk, escrow_id=escrow.pk, kind=instruction.kind)
    record(news, actor=actor, subject=instruction, chains=chains_of(escrow))
    claim.done(instruction.pk)
    return instruction


@transaction.atomic
def send_again(instruction_id: int, *, actor, request_key: str) -> CustodianInstruction:
    """Repeat a refused instruction as a new one. Raises Denied, NotFound, Refusal not_refused (also when it has been repeated already)."""
    require_staff(actor, CONFIRM_CUSTODIAN)
    claim = _claim(request_key, "send_again", actor, instruction=instruction_id)
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    escrow, instruction = _lock_both(instruction_id)
    _refuse_own(actor, escrow)
    if not can_send_again(instruction):
        raise Refusal("not_refused", _("Only a refused instruction that is still needed can be sent again."))
    again = instruct(escrow, instruction.kind, actor=actor, receipt=instruction.receipt)
    claim.done(again.pk)
    return again


@transaction.atomic
def book_suspense_receipt(escrow_id: int, *, actor, amount: Money, custodian_reference: str, request_key: str) -> CustodianInstruction:
    """Book money that arrived under an escrow's reference with nothing waiting for it, and have it sent back to the payer (P9).

    Raises Denied (no permission, own enterprise), NotFound, Refusal custodian_reference_missing/_used, amount_not_positive,
    currency_differs, still_expected (an open collection waits for it), key_reused.
    """
    reference = _allowed_reference(actor, custodian_reference)
    inputs = {"escrow": escrow_id, "reference": reference, "minor": amount.minor, "currency": amount.currency}
    claim = _claim(request_key, "book_suspense_receipt", actor, **inputs)
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    _refuse_own(actor, escrow)
    if amount.minor <= 0 or amount.minor > MAX_MINOR:
        raise Refusal("amount_not_positive", _("The amount must be more than zero."))
    if amount.currency != escrow.currency:
        raise Refusal("currency_differs")
    if escrow.state == "awaiting_funds":
        raise Refusal("still_expected", _("This money is still expected: confirm it on the open instruction to collect."))
    receipt = _into_suspense(escrow, amount, reference, actor)
    claim.done(receipt.pk)
    return receipt


def _into_suspense(escrow: Escrow, amount: Money, reference: str, actor) -> CustodianInstruction:
    _refuse_used(reference)
    receipt = CustodianInstruction.objects.create(
        escrow=escrow, kind="suspense", state="confirmed", idempotency_key=next_idempotency_key(escrow, "suspense"),
        enterprise_id=escrow.payer_id, amount_minor=amount.minor, currency=amount.currency, external_ref=reference,
        created_at=now(), answered_at=now(), answered_by_id=actor.user_id,
    )  # fmt: skip
    _tell_money(SuspenseReceived, receipt, escrow, actor)
    receive_suspense(key=f"instruction:{receipt.pk}", amount=amount, ref=escrow.ref, actor=actor)
    instruct(escrow, "return", actor=actor, receipt=receipt)
    return receipt


def _claim(request_key, verb, actor, **inputs):
    return claim_key(request_key, verb=f"credit_guarantee.{verb}", actor=actor, inputs=inputs)


def _allowed_reference(actor, text: str) -> str:
    require_staff(actor, CONFIRM_CUSTODIAN)
    reference = unicodedata.normalize("NFKC", text).strip().upper()
    if not reference or len(reference) > 64:
        raise Refusal("custodian_reference_missing", _("Enter the custodian's own reference of the booking, at most 64 characters."))
    return reference


def _refuse_own(actor, escrow: Escrow) -> None:
    parties = [escrow.payer_id, escrow.payee_id]
    if ever_belonged(actor, parties):
        raise Denied("own_enterprise", _("You belong to one of the two parties, so a colleague must decide."))


def _lock_both(instruction_id: int) -> tuple[Escrow, CustodianInstruction]:
    # Escrow first, as everywhere: cancelling and confirming must not wait for each other in a circle.
    escrow_id = CustodianInstruction.objects.filter(pk=instruction_id).values_list("escrow_id", flat=True).first()
    if escrow_id is None:
        raise NotFound()
    return lock(Escrow.objects.all(), pk=escrow_id), lock(CustodianInstruction.objects.all(), pk=instruction_id)


def _open_instruction(escrow: Escrow, kind: str) -> CustodianInstruction:
    newest = CustodianInstruction.objects.filter(escrow=escrow, kind=kind).order_by("-pk").values_list("pk", flat=True).first()
    return lock(CustodianInstruction.objects.all(), pk=newest)


def _confirm(instruction: CustodianInstruction, actor, reference: str) -> None:
    _refuse_used(reference)
    move(instruction, "confirm", external_ref=reference, answered_at=now(), answered_by_id=actor.user_id)
    meet_deadline(PAY.code, instruction)


def _refuse_used(reference: str) -> None:
    with connection.cursor() as cursor:  # two desks with one booking: the second waits here and then sees the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", [reference])
    if CustodianInstruction.objects.filter(external_ref=reference).exists():
        raise Refusal("custodian_reference_used", _("This reference has already confirmed another instruction. Check the booking."))


def _tell_money(news, instruction: CustodianInstruction, escrow: Escrow, actor) -> None:
    value = news(
        instruction_id=instruction.pk, escrow_id=escrow.pk, ref_type=escrow.ref_type, ref_id=escrow.ref_id,
        enterprise_id=instruction.enterprise_id, amount_minor=instruction.amount_minor, currency=instruction.currency,
    )  # fmt: skip
    record(value, actor=actor, subject=instruction, chains=chains_of(escrow))
