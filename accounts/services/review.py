"""Qualification review: a member of staff takes it up, approves or rejects with a reason; never for a company they belong to.

`seen` is `queries.handed_in_at` as the reviewer read it: a decision about an older registration raises Refusal("read_again").
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, record

from .. import rules
from ..actors import require_staff
from ..facts import EnterpriseApproved, EnterpriseRejected, EnterpriseTakenUp
from ..models import Enterprise
from ..queries import ever_belonged, handed_in_at
from .registration import keep_version

REVIEW_PERMISSION = "accounts.review_enterprise"


def _claim(request_key: str, verb: str, actor, **inputs):
    require_staff(actor, REVIEW_PERMISSION)
    return claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs=inputs)


def _for_review(enterprise_id: int, actor, seen: str | None) -> Enterprise:
    enterprise = lock(Enterprise.objects.visible_to(actor), pk=enterprise_id)
    if seen is not None and seen != handed_in_at(enterprise):
        raise Refusal("read_again", _("The company has handed in again since you opened this page. Read it as it is now, then decide."))
    if ever_belonged(actor, [enterprise.pk]):
        raise Denied("own_enterprise", _("You belong to this company, so somebody else must decide."))
    return enterprise


@transaction.atomic
def take_up_review(enterprise_id: int, *, actor, request_key: str, seen: str | None = None) -> Enterprise:
    """Mark a submitted registration as under review; raises Refusal illegal_move, own_enterprise, key_reused."""
    claim = _claim(request_key, "take_up_review", actor, enterprise=enterprise_id, seen=seen)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = move(_for_review(enterprise_id, actor, seen), "take_up")
    changes = {"state": ["submitted", "under_review"]}
    record(EnterpriseTakenUp(enterprise_id=enterprise.pk), actor=actor, subject=enterprise, chains=[enterprise.chain], changes=changes)
    claim.done(enterprise.pk)
    return enterprise


@transaction.atomic
def approve_enterprise(enterprise_id: int, *, actor, request_key: str, seen: str | None = None) -> Enterprise:
    """Verify a company: from now on it may list and trade (M44).

    Raises Refusal licence_expired (H04), illegal_move, own_enterprise, key_reused.
    """
    claim = _claim(request_key, "approve_enterprise", actor, enterprise=enterprise_id, seen=seen)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = _for_review(enterprise_id, actor, seen)
    if problem := rules.licence_problem(enterprise.licence_expires_on, timezone.localdate(now())):
        raise Refusal("licence_expired", problem)
    before = enterprise.state
    move(enterprise, "approve", verified_at=now(), rejection_reason="")
    claim.done(enterprise.pk)
    return _decided(enterprise, EnterpriseApproved(enterprise_id=enterprise.pk), before, actor)


@transaction.atomic
def reject_enterprise(enterprise_id: int, *, reason: str, actor, request_key: str, seen: str | None = None) -> Enterprise:
    """Send a registration back with a reason that the company reads on its page.

    Raises Refusal: reason_missing (H04), illegal_move, own_enterprise, key_reused.
    """
    claim = _claim(request_key, "reject_enterprise", actor, enterprise=enterprise_id, reason=reason.strip(), seen=seen)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = _for_review(enterprise_id, actor, seen)
    if not reason.strip():
        raise Refusal("reason_missing", _("Say what has to be corrected: the company reads it."))
    before = enterprise.state
    move(enterprise, "reject", rejection_reason=reason.strip()[:2000])
    claim.done(enterprise.pk)
    return _decided(enterprise, EnterpriseRejected(enterprise_id=enterprise.pk), before, actor)


def _decided(enterprise: Enterprise, fact, before: str, actor) -> Enterprise:
    meet_deadline("accounts.review", enterprise)
    keep_version(enterprise)
    record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain], changes={"state": [before, enterprise.state]})
    return enterprise
