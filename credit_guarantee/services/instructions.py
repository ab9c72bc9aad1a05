"""Writing an instruction to the custodian; it is handed over after the commit, by the handler of the fact."""

from django.conf import settings
from django.db import transaction

from accounts.queries import payee_account
from accounts.services import pass_gate
from kernel.chains import PLATFORM, enterprise_chain
from kernel.clock import now
from kernel.money import Money
from kernel.services import lock, pause_deadlines, record, resume_deadlines, start_deadline
from kernel.services.facts import keep_personal

from ..custodian import Order, custodian
from ..facts import InstructionHanded, InstructionSent
from ..models import CustodianInstruction, Escrow, StatementEntry
from ..queries import people_missing, short_of
from ..rules import CLOCKED, PAY


def instruct(
    escrow: Escrow, kind: str, *, actor, receipt: CustodianInstruction | None = None, minor: int | None = None
) -> CustodianInstruction:
    """Write one instruction about a locked escrow, in the caller's transaction; only one of a kind is ever open, but for parts.

    `receipt` is the unexpected receipt that a return gives back; `minor` says how much a part is. Payments start finance's clock and go
    to the account on file now; the fee goes to the platform's own (SPEC decision 12).
    """
    party = {"pay_out": escrow.payee_id, "fee": None}.get(kind, escrow.payer_id)
    amounts = {
        "collect": escrow.amount_minor, "pay_out": escrow.left_minor - escrow.fee_left_minor, "pay_back": escrow.left_minor,
        "fee": escrow.fee_left_minor,
    }  # fmt: skip
    instruction = CustodianInstruction.objects.create(
        escrow=escrow, kind=kind, receipt=receipt, idempotency_key=next_idempotency_key(escrow, kind), enterprise_id=party,
        **({} if kind == "collect" else _destination(party)),
        amount_minor=receipt.amount_minor if receipt else amounts.get(kind, minor), currency=escrow.currency, created_at=now(),
    )  # fmt: skip
    return _sent(instruction, actor)


def instruct_return(entry: StatementEntry, amount: Money, *, actor) -> CustodianInstruction:
    """Have money of a locked bank entry sent back to the account that it came from, in the caller's transaction."""
    number, _commitment = keep_personal(f"credit_guarantee.statemententry:{entry.pk}", "bank_account", entry.account)
    earlier = CustodianInstruction.objects.filter(entry=entry).count()
    instruction = CustodianInstruction.objects.create(
        entry=entry, kind="return", idempotency_key=f"{entry.no}-return-{earlier + 1}", payee_holder=entry.name[:120],
        payee_account_id=number, amount_minor=amount.minor, currency=amount.currency, created_at=now(),
    )  # fmt: skip
    return _sent(instruction, actor)


def _sent(instruction: CustodianInstruction, actor) -> CustodianInstruction:
    if instruction.kind in CLOCKED:
        start_deadline(PAY.code, instruction, chains=[])  # the desk's promise, not the parties': it stands on nobody's chain
    news = InstructionSent(
        instruction_id=instruction.pk, escrow_id=instruction.escrow_id or 0, kind=instruction.kind, amount_minor=instruction.amount_minor,
        currency=instruction.currency,
    )  # fmt: skip
    record(news, actor=actor, subject=instruction, chains=chains_of(instruction.escrow))
    return instruction


def _destination(enterprise_id: int | None) -> dict:
    if enterprise_id is None:
        own = settings.PLATFORM_FEE_ACCOUNT
        number, _commitment = keep_personal(PLATFORM, "bank_account", own["account"])
        return {"payee_holder": own["holder"], "payee_bank": own["bank"], "payee_account_id": number}
    to = payee_account(enterprise_id)
    if to is None:
        return {}
    number, _commitment = keep_personal(enterprise_chain(enterprise_id), "bank_account", to.account)
    return {"payee_holder": to.holder, "payee_bank": to.bank, "payee_code": to.code, "payee_account_id": number}


def next_idempotency_key(escrow: Escrow, kind: str) -> str:
    """Name the next instruction of a kind about a locked escrow for the custodian."""
    earlier = CustodianInstruction.objects.filter(escrow=escrow, kind=kind).count()
    return f"{escrow.remittance_reference}-{kind}-{earlier + 1}"


def chains_of(escrow: Escrow | None) -> list[str]:
    """Name the chains of both parties of an escrow; the platform's for money that belongs to none."""
    if escrow is None:
        return [PLATFORM]
    return [enterprise_chain(escrow.payer_id), enterprise_chain(escrow.payee_id)]


@transaction.atomic
def hand_over_instruction(instruction_id: int, *, actor) -> None:
    """Pass an instruction to the custodian's adapter, once; repeated handing over carries the same idempotency key. Raises NotFound.

    Money for a frozen enterprise is not handed over: its clock stands still until `hand_over_waiting` (H14, P15). Nor is an amount
    that two people must approve before they have (H55), nor money that the bank has taken back from the payer's transfer.
    """
    frozen = _frozen_payee(instruction_id)
    instruction = lock(CustodianInstruction.objects.select_related("escrow", "entry__statement"), pk=instruction_id)
    if instruction.handed_at or instruction.state != "sent":
        return
    if frozen:
        pause_deadlines(instruction)
        return
    if people_missing(instruction) or (instruction.escrow and short_of(instruction.escrow)):
        return
    order = Order(
        instruction.idempotency_key, instruction.kind, instruction.enterprise_id or 0, instruction.amount, instruction.reference
    )  # fmt: skip
    custodian().hand_over(order)
    instruction.handed_at = now()
    instruction.save(update_fields=["handed_at"])
    news = InstructionHanded(instruction_id=instruction.pk, escrow_id=instruction.escrow_id or 0, kind=instruction.kind)
    record(news, actor=actor, subject=instruction, chains=chains_of(instruction.escrow))


def _frozen_payee(instruction_id: int) -> bool:
    # The gate first, as everywhere: a freeze that is being written waits for us, or we for it.
    paying = CustodianInstruction.objects.filter(pk=instruction_id).exclude(kind="collect").values_list("enterprise_id", flat=True)
    return "frozen" in pass_gate([pk for pk in paying if pk]).values()


@transaction.atomic
def hand_over_waiting(enterprise_id: int, *, actor) -> int:
    """Hand over what was kept back while an enterprise was frozen, and let its clocks run on; returns how many."""
    waiting = CustodianInstruction.objects.filter(enterprise=enterprise_id, state="sent", handed_at=None).exclude(kind="collect")
    rows = list(waiting.order_by("pk"))
    for instruction in rows:
        resume_deadlines(instruction)
        hand_over_instruction(instruction.pk, actor=actor)
    return len(rows)


@transaction.atomic
def hand_over_of_escrow(escrow_id: int, *, actor) -> None:
    """Hand over what was kept back while an escrow's money was not all there; harmless when nothing was."""
    waiting = CustodianInstruction.objects.filter(escrow=escrow_id, state="sent", handed_at=None).exclude(kind="collect")
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        hand_over_instruction(pk, actor=actor)
