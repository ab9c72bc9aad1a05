"""Money leaves custody by rule, and above a limit only when two people of finance have approved it too (SPEC H55, P37)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from accounts.queries import ever_belonged
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, record

from ..facts import ReleaseApproved
from ..models import CustodianInstruction, Escrow, ReleaseApproval
from ..permissions import CONFIRM_CUSTODIAN
from ..queries import people_missing, people_needed
from .instructions import chains_of


@transaction.atomic
def approve_release(instruction_id: int, *, actor, request_key: str) -> CustodianInstruction:
    """Approve that an instruction goes to the custodian; with the last approval it needs it is handed over (by the fact's handler).

    Raises Denied (no permission, own enterprise), NotFound, Refusal approval_not_needed, approved_already (each person counts once).
    """
    require_staff(actor, CONFIRM_CUSTODIAN)
    claim = claim_key(request_key, verb="credit_guarantee.approve_release", actor=actor, inputs={"instruction": instruction_id})
    if claim.result_id:
        return CustodianInstruction.objects.get(pk=claim.result_id)
    escrow_id = CustodianInstruction.objects.filter(pk=instruction_id).values_list("escrow_id", flat=True)
    if not escrow_id:
        raise NotFound()
    escrow = lock(Escrow.objects.all(), pk=escrow_id[0]) if escrow_id[0] else None
    instruction = lock(CustodianInstruction.objects.all(), pk=instruction_id)
    if escrow and ever_belonged(actor, [escrow.payer_id, escrow.payee_id]):
        raise Denied("own_enterprise", _("You belong to one of the two parties, so a colleague must decide."))
    if instruction.state != "sent" or not people_missing(instruction):
        raise Refusal("approval_not_needed", _("This instruction needs no further approval."))
    if ReleaseApproval.objects.filter(instruction=instruction, by_id=actor.user_id).exists():
        raise Refusal("approved_already", _("You have approved this already; another person must approve it too."))
    approve_by(instruction, actor.user_id)
    needed = people_needed(instruction)
    news = ReleaseApproved(instruction_id=instruction.pk, people=needed - people_missing(instruction), needed=needed)
    record(news, actor=actor, subject=instruction, chains=chains_of(escrow))
    claim.done(instruction.pk)
    return instruction


def approve_by(instruction: CustodianInstruction, *people: int | None) -> None:
    """Note whose word stands behind an instruction, in the caller's transaction; a machine's counts for nothing."""
    rows = [ReleaseApproval(instruction=instruction, by_id=person, at=now()) for person in people if person]
    ReleaseApproval.objects.bulk_create(rows, ignore_conflicts=True)


def carry_approvals(before: CustodianInstruction, again: CustodianInstruction) -> None:
    """An instruction that is sent again carries the approvals of the one that the custodian refused."""
    approve_by(again, *ReleaseApproval.objects.filter(instruction=before).order_by("pk").values_list("by_id", flat=True))
