"""Writing an instruction to the custodian; it is handed over after the commit, by the handler of the fact."""

from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.services import record

from ..facts import InstructionSent
from ..models import CustodianInstruction, Escrow


def instruct(escrow: Escrow, kind: str, *, actor) -> CustodianInstruction:
    """Write one instruction about a locked escrow, in the caller's transaction; only one of a kind is ever open."""
    earlier = CustodianInstruction.objects.filter(escrow=escrow, kind=kind).count()
    instruction = CustodianInstruction.objects.create(
        escrow=escrow, kind=kind, idempotency_key=f"{escrow.remittance_reference}-{kind}-{earlier + 1}",
        enterprise_id=escrow.payee_id if kind == "pay_out" else escrow.payer_id,
        amount_minor=escrow.amount_minor, currency=escrow.currency, created_at=now(),
    )  # fmt: skip
    record(
        InstructionSent(
            instruction_id=instruction.pk, escrow_id=escrow.pk, kind=kind, amount_minor=escrow.amount_minor, currency=escrow.currency
        ),
        actor=actor, subject=instruction, chains=[enterprise_chain(escrow.payer_id), enterprise_chain(escrow.payee_id)],
    )  # fmt: skip
    return instruction
