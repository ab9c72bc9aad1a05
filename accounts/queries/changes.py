"""Changes of a company's data as the company and the reviewers read them."""

import json
from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.utils.dateparse import parse_date

from kernel.chains import person_chain
from kernel.models import Deadline, Document
from kernel.queries import deadlines_about
from kernel.refusals import Denied, NotFound

from ..actors import require
from ..models import CompanyChange, Enterprise, FieldVerdict, FormerName
from ..permissions import CHANGE_COMPANY, VIEW_COMPANY
from ..rules import CHANGE_GROUPS, CHANGE_REVIEW, PAPER_KINDS, ChangeGroup, group_of, name_skeleton

REVIEW_CHANGE = "accounts.review_change"
SUBJECT = "accounts.companychange"


@dataclass(frozen=True)
class PayeeAccount:
    """Where a company is paid: the account on file now, in the company's own name."""

    bank: str
    code: str
    account: str
    holder: str


def payee_account(enterprise_id: int) -> PayeeAccount | None:
    """The bank account on file, for an instruction to pay; None when there is none. A change that waits for review is not on file (P37)."""
    row = Enterprise.objects.filter(pk=enterprise_id).exclude(bank_account="").first()
    return PayeeAccount(row.bank_name, row.bank_code, row.bank_account, row.name) if row else None


def unpacked(text: str) -> dict:
    """Values of a change as they are compared and written; a date is a date."""
    values = json.loads(text) if text else {}
    if values.get("licence_expires_on"):
        values["licence_expires_on"] = parse_date(values["licence_expires_on"])
    return values


def packed(values: dict) -> str:
    """The same values as they are kept."""
    return json.dumps({name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}, ensure_ascii=False)


def change_group(actor, code: str) -> tuple[ChangeGroup, Enterprise]:
    """What the actor may ask to change, and the company as it is on file; raises NotFound, Denied, Refusal change_hold."""
    require(actor, CHANGE_COMPANY)
    if code not in CHANGE_GROUPS:
        raise NotFound()
    return CHANGE_GROUPS[code], Enterprise.objects.get(pk=actor.enterprise_id)


def own_changes(actor, *, most: int = 10) -> list[CompanyChange]:
    """The newest changes of the actor's enterprise; raises Denied without the company permission."""
    if not actor.is_main:
        require(actor, VIEW_COMPANY)
    return list(CompanyChange.objects.own(actor).order_by("-version")[:most])


def own_change(actor, version: int) -> CompanyChange:
    """One change of the actor's enterprise with its papers; raises NotFound, Denied."""
    if not actor.is_main:
        require(actor, VIEW_COMPANY)
    rows = CompanyChange.objects.own(actor).select_related("enterprise").prefetch_related("papers__document")
    change = rows.filter(version=version).first()
    if change is None:
        raise NotFound()
    return change


def change_clock(change: CompanyChange) -> Deadline | None:
    """The clock of the submission that waits for a reviewer, breached or not; None when none waits."""
    return deadlines_about(change).filter(policy=CHANGE_REVIEW.code, met_at=None, cancelled_at=None).last()


def change_handed_in_at(change: CompanyChange) -> str:
    """When the values that wait were handed in, as the review page carries it; empty when none wait."""
    waiting = change_clock(change)
    return waiting.started_at.isoformat() if waiting else ""


def verdicts_on(change: CompanyChange) -> dict[str, FieldVerdict]:
    """The newest verdict on each field of the submission that waits."""
    rows = FieldVerdict.objects.filter(change=change).order_by("pk")
    if (waiting := change_clock(change)) is not None:
        rows = rows.filter(submitted_at=waiting.started_at)
    return {row.field: row for row in rows}


def verdict_notes(change: CompanyChange) -> list[dict]:
    """What the reviewers found not to match, once they have asked or refused: for the company to read."""
    if change.state not in ("asked", "rejected"):
        return []
    labels = {name: Enterprise._meta.get_field(name).verbose_name for name in change.fields}
    return [{"label": labels[name], "note": row.note} for name, row in verdicts_on(change).items() if row.note and name in labels]


def rivals(change: CompanyChange) -> list[Enterprise]:
    """Other companies that bear the wanted code or a name that looks like the wanted one, for the reviewer's eyes only."""
    new, found = unpacked(change.values), Q(pk=None)
    if "registration_no" in new:
        found |= Q(registration_no=new["registration_no"], country=change.enterprise.country)
    if "name" in new:
        found |= Q(name__iexact=new["name"]) | Q(name_skeleton=name_skeleton(new["name"]))
        found |= Q(pk__in=FormerName.objects.filter(name__iexact=new["name"]).values("enterprise_id"))
    return list(Enterprise.objects.filter(found).exclude(pk=change.enterprise_id).order_by("-pk")[:20])


def changes_in_review(actor):
    """All changes for the reviewers, those whose review is due first on top; raises nothing, others see none."""
    if not actor.can_staff(REVIEW_CHANGE):
        return CompanyChange.objects.none()
    clocks = Deadline.objects.filter(
        policy=CHANGE_REVIEW.code, subject_type=SUBJECT, subject_id=Cast(OuterRef("pk"), CharField()), met_at=None, cancelled_at=None
    ).order_by("-pk")
    found = CompanyChange.objects.select_related("enterprise")
    return found.annotate(review_due_at=Subquery(clocks.values("due_at")[:1]), waiting_since=Subquery(clocks.values("started_at")[:1]))


def changes_waiting(actor):
    """Changes that wait for a reviewer."""
    return changes_in_review(actor).filter(state__in=["submitted", "under_review", "second_review"])


def change_under_review(actor, change_id: int) -> CompanyChange:
    """One change for the review page; raises Denied for those who do not review, NotFound."""
    if not actor.can_staff(REVIEW_CHANGE):
        raise Denied("staff_permission_missing", capability=REVIEW_CHANGE)
    change = changes_in_review(actor).prefetch_related("papers__document").filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def compared(change: CompanyChange) -> list[dict]:
    """Field by field: its name, what is on file (or was, once decided), what is asked for."""
    old = unpacked(change.before) or {name: getattr(change.enterprise, name) for name in change.fields}
    new, meta = unpacked(change.values), Enterprise._meta
    return [
        {"field": name, "label": meta.get_field(name).verbose_name, "old": old.get(name), "new": new.get(name)} for name in change.fields
    ]  # fmt: skip


def change_title(change: CompanyChange):
    """What the change is about, in words."""
    return group_of(change.fields).label


def paper_label(kind: str):
    return PAPER_KINDS.get(kind, kind)


def kept_change_papers(actor, tokens: dict[str, str]) -> dict[str, Document]:
    """The person's draft papers by kind, for the tokens their session remembers; unknown tokens are left out."""
    drafts = Document.objects.filter(
        owner_chain=person_chain(actor.user_id), token__in=tokens.values(), qualificationdocument=None, changepaper=None
    )
    by_token = {document.token: document for document in drafts} if tokens else {}
    return {kind: by_token[token] for kind, token in tokens.items() if token in by_token}


def former_names(enterprise: Enterprise) -> list[FormerName]:
    """The names a company bore before, newest first, for its public page (P17)."""
    return list(enterprise.former_names.order_by("-borne_until"))
