"""Qualification review: a member of staff takes it up, approves or rejects with a reason; never for a company they belong to."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import lock, meet_deadline, move, record

from .. import rules
from ..actors import require_staff
from ..facts import EnterpriseApproved, EnterpriseRejected, EnterpriseTakenUp
from ..models import Enterprise
from ..queries import ever_belonged
from .registration import keep_version

REVIEW_PERMISSION = "accounts.review_enterprise"


def _for_review(enterprise_id: int, actor) -> Enterprise:
    require_staff(actor, REVIEW_PERMISSION)
    enterprise = lock(Enterprise.objects.visible_to(actor), pk=enterprise_id)
    if ever_belonged(actor, [enterprise.pk]):
        raise Denied("own_enterprise", _("You belong to this company, so somebody else must decide."))
    return enterprise


@transaction.atomic
def take_up_review(enterprise_id: int, *, actor) -> Enterprise:
    """Mark a submitted registration as under review; raises Refusal illegal_move, own_enterprise."""
    enterprise = move(_for_review(enterprise_id, actor), "take_up")
    changes = {"state": ["submitted", "under_review"]}
    record(EnterpriseTakenUp(enterprise_id=enterprise.pk), actor=actor, subject=enterprise, chains=[enterprise.chain], changes=changes)
    return enterprise


@transaction.atomic
def approve_enterprise(enterprise_id: int, *, actor) -> Enterprise:
    """Verify a company: from now on it may list and trade (M44). Raises Refusal licence_expired (H04), illegal_move, own_enterprise."""
    enterprise = _for_review(enterprise_id, actor)
    if problem := rules.licence_problem(enterprise.licence_expires_on, timezone.localdate(now())):
        raise Refusal("licence_expired", problem)
    before = enterprise.state
    move(enterprise, "approve", verified_at=now(), rejection_reason="")
    return _decided(enterprise, EnterpriseApproved(enterprise_id=enterprise.pk), before, actor)


@transaction.atomic
def reject_enterprise(enterprise_id: int, *, reason: str, actor) -> Enterprise:
    """Send a registration back with a reason that the company reads on its page.

    Raises Refusal: reason_missing (H04), illegal_move, own_enterprise.
    """
    enterprise = _for_review(enterprise_id, actor)
    if not reason.strip():
        raise Refusal("reason_missing", _("Say what has to be corrected: the company reads it."))
    before = enterprise.state
    move(enterprise, "reject", rejection_reason=reason.strip()[:2000])
    return _decided(enterprise, EnterpriseRejected(enterprise_id=enterprise.pk), before, actor)


def _decided(enterprise: Enterprise, fact, before: str, actor) -> Enterprise:
    meet_deadline("accounts.review", enterprise)
    keep_version(enterprise)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes={"state": [before, enterprise.state]})
    return enterprise
