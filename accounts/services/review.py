"""Qualification review: a member of staff takes it up, approves or rejects with a reason; never for a company they belong to.

`seen` is `queries.handed_in_at` as the reviewer read it: a decision about an older registration raises Refusal("read_again").
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, record

from .. import rules
from ..actors import require_staff
from ..facts import EnterpriseApproved, EnterpriseRejected, EnterpriseTakenUp, FieldsCompared
from ..models import Enterprise
from ..queries import ever_belonged, handed_in_at, submitted_at
from .registration import keep_version
from .verdicts import Verdicts, check_all_match, keep_verdicts

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
def compare_enterprise(enterprise_id: int, verdicts: Verdicts, *, actor, request_key: str, seen: str | None = None) -> Enterprise:
    """Keep what a reviewer found at some fields, {field: (verdict, note)}, while the review goes on (H04).

    Raises Refusal: verdict_unknown, note_missing, not_in_review, read_again; Denied own_enterprise.
    """
    claim = _claim(request_key, "compare_enterprise", actor, enterprise=enterprise_id, verdicts=_plain(verdicts), seen=seen)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = _for_review(enterprise_id, actor, seen)
    _compared(enterprise, verdicts, actor)
    claim.done(enterprise.pk)
    return enterprise


@transaction.atomic
def approve_enterprise(
    enterprise_id: int, *, actor, request_key: str, seen: str | None = None, verdicts: Verdicts | None = None
) -> Enterprise:
    """Verify a company of which every compared field matches its paper: from now on it may list and trade (H04, M44).

    `verdicts` are added to those kept before. Raises Refusal not_compared, licence_expired (H04), code_taken (H23), illegal_move,
    own_enterprise, key_reused and those of `compare_enterprise`.
    """
    given = _plain(verdicts or {})
    claim = _claim(request_key, "approve_enterprise", actor, enterprise=enterprise_id, seen=seen, verdicts=given)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = _for_review(enterprise_id, actor, seen)
    standing = _compared(enterprise, verdicts or {}, actor)
    if problem := rules.licence_problem(enterprise.licence_expires_on, timezone.localdate(now())):
        raise Refusal("licence_expired", problem)
    check_all_match(standing, rules.compared_fields(enterprise))
    before = enterprise.state
    try:
        with transaction.atomic():
            move(enterprise, "approve", verified_at=now(), rejection_reason="")
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != "registration_once":
            raise
        raise Refusal(
            "code_taken", _("Another company with this code is verified. Accounts cannot be merged: send this one back.")
        ) from error
    claim.done(enterprise.pk)
    return _decided(enterprise, EnterpriseApproved(enterprise_id=enterprise.pk), before, actor)


@transaction.atomic
def ask_again(enterprise_id: int, *, verdicts: Verdicts, actor, request_key: str, seen: str | None = None) -> Enterprise:
    """Send a registration back with what differs or cannot be read; the company reads each word at its field (H04).

    Raises Refusal: nothing_to_ask when every field matches, and those of `compare_enterprise`.
    """
    claim = _claim(request_key, "ask_again", actor, enterprise=enterprise_id, verdicts=_plain(verdicts), seen=seen)
    if claim.result_id:
        return Enterprise.objects.get(pk=claim.result_id)
    enterprise = _for_review(enterprise_id, actor, seen)
    standing = _compared(enterprise, verdicts, actor)
    notes = [standing[field].note for field in rules.COMPARED if field in standing and standing[field].note]
    if not notes:
        raise Refusal("nothing_to_ask", _("Mark what differs or cannot be read, or approve."))
    before = enterprise.state
    move(enterprise, "reject", rejection_reason="\n".join(notes)[:2000])
    claim.done(enterprise.pk)
    return _decided(enterprise, EnterpriseRejected(enterprise_id=enterprise.pk), before, actor)


def _plain(verdicts: Verdicts) -> dict[str, list[str]]:
    return {field: list(pair) for field, pair in verdicts.items()}


def _compared(enterprise: Enterprise, verdicts: Verdicts, actor) -> dict:
    """Keep verdicts about the registration that waits now, with a fact when there are any; returns the newest word on each field."""
    if verdicts and enterprise.state not in ("submitted", "under_review"):
        raise Refusal("not_in_review", _("This registration is not waiting for a review."))
    moment = submitted_at(enterprise)
    standing = keep_verdicts(enterprise, verdicts, fields=rules.compared_fields(enterprise), submitted_at=moment, actor=actor)
    if verdicts:
        told = {field: verdict for field, (verdict, _note) in verdicts.items()}
        fact = FieldsCompared(enterprise_id=enterprise.pk, verdicts=told)
        record(fact, actor=actor, subject=enterprise, chains=[enterprise.chain])
    return standing


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
