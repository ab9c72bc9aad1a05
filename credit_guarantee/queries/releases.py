"""Whose word an instruction still needs before money leaves custody, and whether the money is there (H55)."""

from django.conf import settings
from django.db.models import F, Sum

from ..models import Allocation, CustodianInstruction, Escrow, ReleaseApproval
from ..rules import CLOCKED, needs_two_people


def people_needed(instruction: CustodianInstruction) -> int:
    """How many people of finance must approve an instruction beside the rule that made it: two for large amounts and for whatever
    goes back of money that nothing waited for, else none.
    """
    if instruction.kind not in CLOCKED:
        return 0
    large = needs_two_people(instruction.amount, settings.RELEASE_TWO_PEOPLE_OVER)
    return 2 if large or instruction.kind == "return" else 0


def people_missing(instruction: CustodianInstruction) -> int:
    """How many of them have not yet."""
    needed = people_needed(instruction)
    return needed and max(0, needed - ReleaseApproval.objects.filter(instruction=instruction).count())


def short_of(escrow: Escrow) -> bool:
    """Whether the bank has taken back a transfer that funded this escrow, and nothing has made it good since."""
    gone = Allocation.objects.filter(escrow=escrow, ended_at__isnull=False, held_at__isnull=False).exists()
    if not gone:
        return False
    there = Allocation.objects.filter(escrow=escrow, ended_at=None).aggregate(n=Sum(F("amount_minor") + F("charges_minor")))["n"]
    return int(there or 0) < escrow.amount_minor


def approvals_missing(instruction_id: int) -> int:
    """The same for a handler that knows the number only; 0 when the instruction is answered already."""
    instruction = CustodianInstruction.objects.filter(pk=instruction_id, state="sent").first()
    return people_missing(instruction) if instruction else 0
