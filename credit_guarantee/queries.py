"""Reading escrows and the custodian's queue."""

from dataclasses import dataclass

from django.conf import settings

from accounts.actors import require_staff
from kernel.money import Money

from .models import CustodianInstruction, Escrow
from .permissions import CONFIRM_CUSTODIAN


@dataclass(frozen=True)
class PaymentDetails:
    """What the payer's finance types into its bank's form."""

    bank: str
    account: str
    amount: Money
    remittance_reference: str


def escrows_about(ref: tuple[str, str]):
    """All escrows about one thing, oldest first."""
    return Escrow.objects.filter(ref_type=ref[0], ref_id=str(ref[1])).order_by("pk")


def payment_details(escrow: Escrow) -> PaymentDetails:
    """Where and under which reference the payer transfers (SPEC decision 12: the custodian's account, never ours)."""
    bank = settings.CUSTODIAN_BANK
    return PaymentDetails(bank["name"], bank["account"], escrow.amount, escrow.remittance_reference)


def open_instructions(actor):
    """What the custodian has not answered yet, longest waiting first; staff only, raises Denied."""
    require_staff(actor, CONFIRM_CUSTODIAN)
    return CustodianInstruction.objects.filter(state="sent").select_related("escrow", "enterprise").order_by("created_at", "pk")


def instruction_for(actor, instruction_id: int) -> CustodianInstruction | None:
    """One instruction for the custodian's desk; staff only, raises Denied."""
    require_staff(actor, CONFIRM_CUSTODIAN)
    return CustodianInstruction.objects.select_related("escrow__payer", "escrow__payee", "enterprise").filter(pk=instruction_id).first()
