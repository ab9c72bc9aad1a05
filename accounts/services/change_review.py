"""Review of changes of company data: field by field beside the papers; two people for the legal representative and the bank account (P37).

`seen` is `queries.change_handed_in_at` as the reviewer read it: a decision about an older submission raises Refusal("read_again").
"""

from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.chains import subject_of
from kernel.clock import now
from kernel.models import Document, Fact
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import claim_key, lock, meet_deadline, move, read_document, record

from .. import rules
from ..actors import require_staff
from ..facts import (
    ChangeApproved,
    ChangeAsked,
    ChangeJudged,
    ChangePaperViewed,
    ChangePassedOn,
    ChangeRejected,
    ChangeTakenUp,
)
from ..models import ChangePaper, CompanyChange, Enterprise, FieldVerdict, FormerName, QualificationDocument, User
from ..permissions import CHANGE_COMPANY
from ..queries import REVIEW_CHANGE, actor_for, change_clock, change_handed_in_at, ever_belonged, packed, unpacked, verdicts_on
from .registration import keep_version
from .security import watch_openings

PERSONAL = {"legal_representative", "phone", "address", "bank_account", "bank_name", "bank_code"}  # facts say that they changed, not how
KEPT_KINDS = dict(QualificationDocument.KINDS)


def _begin(verb: str, change_id: int, request_key: str, actor, seen: str | None, **inputs):
    """The claim, and the locked change unless this request has been done before."""
    require_staff(actor, REVIEW_CHANGE)
    claim = claim_key(request_key, verb=f"accounts.{verb}", actor=actor, inputs={"change": change_id, "seen": seen, **inputs})
    if claim.result_id:
        return claim, CompanyChange.objects.get(pk=claim.result_id)
    owner = CompanyChange.objects.filter(pk=change_id).values_list("enterprise_id", flat=True).first()
    if owner is None:
        raise NotFound()
    enterprise = lock(Enterprise.objects.all(), pk=owner)  # before the change, as everywhere
    change = lock(CompanyChange.objects.all(), pk=change_id)
    change.enterprise = enterprise
    if ever_belonged(actor, [owner]):
        raise Denied("own_enterprise", _("You belong to this company, so somebody else must decide."))
    if seen is not None and seen != change_handed_in_at(change):
        raise Refusal("read_again", _("The company has handed in again since you opened this page. Read it as it is now, then decide."))
    return claim, change


def _of_a_free_company(change: CompanyChange) -> None:
    """Refuse to agree while the company is frozen: who handed the change in may be whom it is frozen against (P15)."""
    if change.enterprise.state != "verified":
        raise Refusal("company_frozen", _("The company is frozen. Agree to nothing until it is unfrozen; you may ask or refuse."))


def _another_reviewer(change: CompanyChange, actor) -> None:
    if change.state == "second_review" and change.first_reviewer_id == actor.user_id:
        raise Denied("same_reviewer", _("You reviewed this change first; a colleague must decide."))


def _tell(news, change: CompanyChange, before: str, claim, actor) -> CompanyChange:
    fact = news(enterprise_id=change.enterprise_id, change_id=change.pk)
    record(fact, actor=actor, subject=change, chains=[change.enterprise.chain], changes={"state": [before, change.state]})
    claim.done(change.pk)
    return change


@transaction.atomic
def take_up_change(change_id: int, *, actor, request_key: str, seen: str | None = None) -> CompanyChange:
    """Begin the review; the company can no longer withdraw. Raises Denied, NotFound, IllegalMove, Refusal read_again, own_enterprise."""
    claim, change = _begin("take_up_change", change_id, request_key, actor, seen)
    if claim.result_id:
        return change
    move(change, "take_up")
    return _tell(ChangeTakenUp, change, "submitted", claim, actor)


@transaction.atomic
def judge_change(
    change_id: int, verdicts: Mapping[str, tuple[str, str]], *, actor, request_key: str, seen: str | None = None
) -> CompanyChange:
    """Write down how fields compare with the papers: {field: (matches / differs / unreadable, note)}; the newest word counts.

    Raises Denied, NotFound, Refusal: verdict_unknown, note_missing (whatever does not match needs one), not_in_review, read_again.
    """
    given = {field: list(pair) for field, pair in verdicts.items()}
    claim, change = _begin("judge_change", change_id, request_key, actor, seen, verdicts=given)
    if claim.result_id:
        return change
    if change.state not in ("under_review", "second_review"):
        raise Refusal("not_in_review", _("Take the change up first."))
    _another_reviewer(change, actor)
    waiting = change_clock(change)
    for field, (verdict, note) in verdicts.items():
        if field not in change.fields or verdict not in dict(FieldVerdict.VERDICTS):
            raise Refusal("verdict_unknown")
        if verdict != "matches" and not note.strip():
            raise Refusal("note_missing", _("Say what differs or cannot be read: the company reads it."), field=field)
        FieldVerdict.objects.create(
            enterprise_id=change.enterprise_id, change=change, field=field, verdict=verdict, note=note.strip()[:400],
            submitted_at=waiting.started_at if waiting else change.created_at, reviewer_id=actor.user_id, created_at=now(),
        )  # fmt: skip
    news = ChangeJudged(
        enterprise_id=change.enterprise_id, change_id=change.pk, verdicts={field: verdict for field, (verdict, _note) in verdicts.items()}
    )
    record(news, actor=actor, subject=change, chains=[change.enterprise.chain])
    claim.done(change.pk)
    return change


@transaction.atomic
def ask_about_change(change_id: int, *, question: str, actor, request_key: str, seen: str | None = None) -> CompanyChange:
    """Send a change back with a question; the company corrects and hands in again, or withdraws.

    Raises Denied, NotFound, IllegalMove, Refusal reason_missing, read_again, own_enterprise.
    """
    claim, change = _begin("ask_about_change", change_id, request_key, actor, seen, question=question.strip())
    if claim.result_id:
        return change
    _need(question)
    before = change.state
    move(change, "ask", decision_reason=question.strip()[:2000])
    meet_deadline(rules.CHANGE_REVIEW.code, change)
    return _tell(ChangeAsked, change, before, claim, actor)


@transaction.atomic
def reject_change(change_id: int, *, reason: str, actor, request_key: str, seen: str | None = None) -> CompanyChange:
    """Refuse a change with a reason that the company reads; the data on file stay.

    Raises Denied, NotFound, IllegalMove, Refusal reason_missing, same_reviewer, read_again, own_enterprise.
    """
    claim, change = _begin("reject_change", change_id, request_key, actor, seen, reason=reason.strip())
    if claim.result_id:
        return change
    _need(reason)
    _another_reviewer(change, actor)
    before = change.state
    move(change, "reject", decision_reason=reason.strip()[:2000], decided_by_id=actor.user_id, decided_at=now())
    meet_deadline(rules.CHANGE_REVIEW.code, change)
    return _tell(ChangeRejected, change, before, claim, actor)


def _need(text: str) -> None:
    if not text.strip():
        raise Refusal("reason_missing", _("Say what has to be corrected: the company reads it."))


def _compared(change: CompanyChange) -> None:
    """Refuse unless every changed field was found to match in this submission; what follows from another field needs no word."""
    found = verdicts_on(change)
    missing = [name for name in change.fields if name != "tax_no" and (name not in found or found[name].verdict != "matches")]
    if missing:
        named = ", ".join(str(Enterprise._meta.get_field(name).verbose_name) for name in missing)  # type: ignore[union-attr]
        raise Refusal("fields_not_matched", _("Compare every field with the papers first. Still open: %(fields)s.") % {"fields": named})


def _asked_by_somebody_who_may(change: CompanyChange) -> None:
    """A wish of somebody who has left, lost the permission, or whose company was frozen meanwhile is nobody's wish (P14, P15)."""
    person = User.objects.filter(pk=change.asked_by_id).first()
    asker = actor_for(person, prefer=change.enterprise_id) if person else None
    if asker is None or asker.enterprise_id != change.enterprise_id or not asker.may(CHANGE_COMPANY):
        text = _("Who asked for this change may no longer do so. Refuse it; the company can hand it in again.")
        raise Refusal("asker_gone", text)


@transaction.atomic
def pass_on_change(change_id: int, *, actor, request_key: str, seen: str | None = None) -> CompanyChange:
    """Agree as the first of two reviewers; another person then decides (P37).

    Raises Denied, NotFound, IllegalMove, Refusal fields_not_matched, one_reviewer_is_enough, company_frozen, read_again, own_enterprise.
    """
    claim, change = _begin("pass_on_change", change_id, request_key, actor, seen)
    if claim.result_id:
        return change
    if not change.needs_second:
        raise Refusal("one_reviewer_is_enough", _("This change needs no second reviewer. Approve it."))
    _of_a_free_company(change)
    _compared(change)
    before = change.state
    move(change, "pass_on", first_reviewer_id=actor.user_id)
    return _tell(ChangePassedOn, change, before, claim, actor)


@transaction.atomic
def approve_change(change_id: int, *, actor, request_key: str, seen: str | None = None) -> CompanyChange:
    """Put the new values on file: a version of the company is kept, a former name noted, the papers kept with the company's (H19, H21).

    Raises Denied (also same_reviewer), NotFound, IllegalMove, Refusal: second_needed, company_frozen, fields_not_matched, licence_expired,
    registration_taken, read_again, own_enterprise, asker_gone.
    """
    claim, change = _begin("approve_change", change_id, request_key, actor, seen)
    if claim.result_id:
        return change
    _another_reviewer(change, actor)
    if change.needs_second and change.state == "under_review":
        raise Refusal("second_needed", _("This change needs a second reviewer. Pass it on."))
    _of_a_free_company(change)
    _compared(change)
    _asked_by_somebody_who_may(change)
    new, enterprise = unpacked(change.values), change.enterprise
    if problem := rules.licence_problem(new.get("licence_expires_on"), timezone.localdate(now())):
        raise Refusal("licence_expired", problem)
    old = {name: getattr(enterprise, name) for name in new}
    _put_on_file(enterprise, old, new)
    before = change.state
    move(change, "approve", before=packed(old), decided_by_id=actor.user_id, decided_at=now(), decision_reason="")
    meet_deadline(rules.CHANGE_REVIEW.code, change)
    for paper in change.papers.filter(kind__in=KEPT_KINDS):
        QualificationDocument.objects.get_or_create(
            document_id=paper.document_id, defaults={"enterprise": enterprise, "kind": paper.kind, "created_at": paper.created_at}
        )
    news = ChangeApproved(
        enterprise_id=enterprise.pk, change_id=change.pk, fields=change.fields, asked_by_id=change.asked_by_id
    )  # fmt: skip
    told = {name: _shown(name, old[name], new[name]) for name in change.fields}
    told["company_change"] = [before, "approved"]
    record(news, actor=actor, subject=enterprise, chains=[enterprise.chain], changes=told)
    claim.done(change.pk)
    return change


def _put_on_file(enterprise: Enterprise, old: dict, new: dict) -> None:
    try:
        with transaction.atomic():
            Enterprise.objects.filter(pk=enterprise.pk).update(**new, name_skeleton=rules.name_skeleton(new.get("name", enterprise.name)))
    except IntegrityError as error:
        raise Refusal("registration_taken", _("Another company is registered with this code. Refuse the change.")) from error
    if {"name", "name_en"} & set(new):
        FormerName.objects.create(enterprise=enterprise, name=enterprise.name, name_en=enterprise.name_en, borne_until=now())
    for name, value in new.items():
        setattr(enterprise, name, value)
    keep_version(enterprise)


def _shown(name: str, old, new) -> list:
    return ["*", "*"] if name in PERSONAL else [old, new]


@transaction.atomic
def view_change_paper(paper_id: int, *, actor) -> tuple[Document, bytes]:
    """Open a paper of a change as a reviewer; who opened what stands on the company's chain, once an hour (P28).

    Raises NotFound for those who do not review.
    """
    paper = ChangePaper.objects.select_related("document", "change__enterprise").filter(pk=paper_id).first()
    if not actor.can_staff(REVIEW_CHANGE) or paper is None or paper.document.erased_at:
        raise NotFound()
    enterprise = paper.change.enterprise
    kind, number = subject_of(enterprise)
    seen = Fact.objects.filter(subject_type=kind, subject_id=number, name="accounts.change_paper_viewed", actor_user_id=actor.user_id)
    if not seen.filter(at__gt=now() - timedelta(hours=1), payload__paper_id=paper.pk).exists():
        news = ChangePaperViewed(enterprise_id=enterprise.pk, paper_id=paper.pk, kind=paper.kind)
        record(news, actor=actor, subject=enterprise, chains=[enterprise.chain])
        watch_openings(actor=actor)
    return paper.document, read_document(paper.document)
