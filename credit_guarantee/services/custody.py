"""What the custodian answered, entered by finance (SPEC H55): needs confirm_custodian, and never for the own enterprise."""

import unicodedata

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.money import MAX_MINOR, Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, record
from ledger.services import pay_fee, pay_out, receive_hold, receive_suspense, return_suspense

from ..facts import EntryReturned, EscrowFunded, FeePaid, InstructionRefused, PayoutConfirmed, SuspenseReceived, SuspenseReturned
from ..models import CustodianInstruction, Escrow, StatementEntry
from ..permissions import CONFIRM_CUSTODIAN
from ..queries import can_send_again, people_missing, short_of
from ..rules import PAY
from .escrows import tell
from .instructions import chains_of, instruct, instruct_return, next_idempotency_key
from .releases import approve_by, carry_approvals


@transaction.atomic
def confirm_collection(escrow_id: int, *, actor, custodian_reference: str, request_key: str) -> Escrow:
    """Book that the payer's money has reached the custodian; the same request_key answers the same.

    Money for an escrow that was cancelled meanwhile goes to suspense and back to the payer; the escrow answered is then `cancelled`.
    Raises Denied (no permission, own enterprise), NotFound, IllegalMove,
    Refusal custodian_reference_missing/_used, on_statement (an imported statement has the booking), key_reused.
    """
    reference = _allowed_reference(actor, custodian_reference)
    claim = _claim(request_key, "confirm_collection", actor, escrow=escrow_id, reference=reference)
    if claim.result_id:
        return Escrow.objects.get(pk=claim.result_id)
    one_desk(Escrow.objects.filter(pk=escrow_id).values_list("currency", flat=True).first() or "")
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    _refuse_own(actor, escrow)
    refuse_on_statement(escrow, escrow.amount, reference)
    if escrow.state == "cancelled":  # never turned away: real money has arrived (P9)
        _into_suspense(escrow, escrow.amount, reference, actor)
        claim.done(escrow.pk)
        return escrow
    hold_values = {"payer_id": escrow.payer_id, "payee_id": escrow.payee_id, "amount": escrow.amount, "ref": escrow.ref}
    hold_values["fee_minor"] = escrow.fee_minor
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
    Refusal custodian_reference_missing/_used, not_a_payout, frozen (kept back while its payee is frozen), two_people (not approved by
    as many as it needs), taken_back (the bank took the payer's transfer back), on_statement, key_reused.
    """
    reference = _allowed_reference(actor, custodian_reference)
    claim = _claim(request_key, "confirm_payout", actor, instruction=instruction_id, reference=reference)
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    one_desk(CustodianInstruction.objects.filter(pk=instruction_id).values_list("currency", flat=True).first() or "")
    escrow, instruction = lock_both(instruction_id)
    if instruction.kind in ("collect", "suspense"):
        raise Refusal("not_a_payout")
    _refuse_own(actor, escrow)
    if refusal := payout_refusal(instruction, escrow):
        raise refusal
    if instruction.state == "sent" and StatementEntry.objects.filter(bank_ref=reference, currency=instruction.currency).exists():
        raise Refusal("on_statement", ON_STATEMENT)
    book_payout(instruction, escrow, reference, actor=actor)
    claim.done(instruction.pk)
    return instruction


def payout_refusal(instruction: CustodianInstruction, escrow: Escrow | None) -> Refusal | None:
    """Why a locked instruction to pay may not have been carried out; None when it may."""
    if not instruction.handed_at and instruction.enterprise and instruction.enterprise.state == "frozen":
        return Refusal(
            "frozen", _("The company is frozen, so this payment was never handed to the custodian. It waits until the freeze ends.")
        )
    if instruction.state == "sent" and (missing := people_missing(instruction)):
        text = _("This payment leaves custody only when two people have approved it; %(n)s more must.") % {"n": missing}
        return Refusal("two_people", text)
    if instruction.state == "sent" and escrow and short_of(escrow):
        return Refusal("taken_back", _("The bank took the payer's transfer back, so there is nothing to pay out of."))
    return None


def book_payout(instruction: CustodianInstruction, escrow: Escrow | None, reference: str, *, actor) -> None:
    """Confirm a locked instruction to pay and book it, in the caller's transaction. Raises IllegalMove, custodian_reference_used."""
    _confirm(instruction, actor, reference)
    key, amount, ref = f"instruction:{instruction.pk}", instruction.amount, instruction.ref
    if escrow is None:
        news = EntryReturned(
            instruction_id=instruction.pk, entry_id=instruction.entry_id, amount_minor=amount.minor, currency=amount.currency
        )  # fmt: skip
        record(news, actor=actor, subject=instruction, chains=chains_of(None))
        return_suspense(key=key, amount=amount, ref=ref, actor=actor)
    elif instruction.kind == "fee":
        paid = FeePaid(
            instruction_id=instruction.pk, escrow_id=escrow.pk, amount_minor=amount.minor, currency=amount.currency
        )  # fmt: skip
        record(paid, actor=actor, subject=instruction, chains=[PLATFORM])
        pay_fee(key=key, amount=amount, ref=ref, actor=actor)
    elif instruction.kind == "return":
        _tell_money(SuspenseReturned, instruction, escrow, actor)
        return_suspense(key=key, amount=amount, ref=ref, actor=actor)
    else:
        _tell_money(PayoutConfirmed, instruction, escrow, actor)
        pay_out(key=key, enterprise_id=instruction.enterprise_id, amount=amount, ref=ref, actor=actor)


def confirm_receipt(escrow: Escrow, reference: str, *, actor) -> None:
    """Confirm the collection of a locked escrow by a bank entry, whose own number nothing else uses; in the caller's transaction.

    Money that came though the custodian had refused to collect it is there all the same: the collection is asked for again and confirmed.
    """
    rows = CustodianInstruction.objects.filter(escrow=escrow, kind="collect", state="sent")
    if not rows.exists():
        instruct(escrow, "collect", actor=actor)
    move(lock(rows), "confirm", external_ref=reference, answered_at=now(), answered_by_id=actor.user_id)


ON_STATEMENT = _("An imported bank statement has this booking already. Allocate it there, so that it is not booked twice.")


def one_desk(currency: str) -> None:
    """Let one transaction after the other say what a bank has booked in a currency: a hand and an import must not both book one receipt."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 21))", [f"desk:{currency}"])


def refuse_on_statement(escrow: Escrow, amount: Money, reference: str) -> None:
    """Refuse a receipt by hand that an imported statement has brought; raises Refusal("on_statement")."""
    rows = StatementEntry.objects.filter(into=True, currency=escrow.currency, confirms=None)
    meant = rows.filter(state__in=["waiting", "doubtful"], amount_minor=amount.minor, meant__contains=[escrow.pk])
    if rows.filter(bank_ref=reference).exists() or meant.exists():
        raise Refusal("on_statement", ON_STATEMENT)


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
    escrow, instruction = lock_both(instruction_id)
    _refuse_own(actor, escrow)
    move(instruction, "refuse", refusal_reason=reason, answered_at=now(), answered_by_id=actor.user_id)
    meet_deadline(PAY.code, instruction)
    news = InstructionRefused(instruction_id=instruction.pk, escrow_id=instruction.escrow_id or 0, kind=instruction.kind)
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
    escrow, instruction = lock_both(instruction_id)
    _refuse_own(actor, escrow)
    if not can_send_again(instruction):
        raise Refusal("not_refused", _("Only a refused instruction that is still needed can be sent again."))
    if escrow is None:
        again = instruct_return(lock(StatementEntry.objects.all(), pk=instruction.entry_id), instruction.amount, actor=actor)
        carry_approvals(instruction, again)
    else:
        minor = instruction.amount_minor if instruction.kind == "part" else None
        again = instruct(escrow, instruction.kind, actor=actor, receipt=instruction.receipt, minor=minor)
        carry_approvals(instruction, again)
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
    one_desk(amount.currency)
    escrow = lock(Escrow.objects.all(), pk=escrow_id)
    _refuse_own(actor, escrow)
    if amount.minor <= 0 or amount.minor > MAX_MINOR:
        raise Refusal("amount_not_positive", _("The amount must be more than zero."))
    if amount.currency != escrow.currency:
        raise Refusal("currency_differs")
    refuse_on_statement(escrow, amount, reference)
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
    back = instruct(escrow, "return", actor=actor, receipt=receipt)
    approve_by(back, actor.user_id)  # whoever books a receipt cannot alone have it sent out: a second person must approve (P37)
    return receipt


def _claim(request_key, verb, actor, **inputs):
    return claim_key(request_key, verb=f"credit_guarantee.{verb}", actor=actor, inputs=inputs)


def _allowed_reference(actor, text: str) -> str:
    require_staff(actor, CONFIRM_CUSTODIAN)
    reference = unicodedata.normalize("NFKC", text).strip().upper()
    if not reference or len(reference) > 64:
        raise Refusal("custodian_reference_missing", _("Enter the custodian's own reference of the booking, at most 64 characters."))
    return reference


def _refuse_own(actor, escrow: Escrow | None) -> None:
    if escrow and ever_belonged(actor, [escrow.payer_id, escrow.payee_id]):
        raise Denied("own_enterprise", _("You belong to one of the two parties, so a colleague must decide."))


def lock_both(instruction_id: int) -> tuple[Escrow | None, CustodianInstruction]:
    """Lock an instruction and its escrow (None: it sends money of a bank entry back); raises NotFound."""
    # Escrow first, as everywhere: cancelling and confirming must not wait for each other in a circle.
    found = CustodianInstruction.objects.filter(pk=instruction_id).values_list("escrow_id", flat=True)
    if not found:
        raise NotFound()
    escrow = lock(Escrow.objects.all(), pk=found[0]) if found[0] else None
    return escrow, lock(CustodianInstruction.objects.select_related("entry__statement", "enterprise"), pk=instruction_id)


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
