"""Reading freeze cases: the desk's queue, the companies a report may mean, and what a frozen company is told."""

import json

from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast

from kernel.models import Deadline
from kernel.refusals import Denied, NotFound

from ..models import Enterprise, FreezeCase
from ..rules import normal

VIEW_CASE = "accounts.view_freezecase"
IN_FORCE = ("frozen", "unfreeze_proposed")
SHOWN = 10


def freeze_cases(actor):
    """Freeze cases for the desk with `due_at` of the report's clock; raises Denied for those who may not see them."""
    if not actor.can_staff(VIEW_CASE):
        raise Denied("staff_permission_missing", capability=VIEW_CASE)
    running = Deadline.objects.filter(
        policy="accounts.freeze_report", subject_type="accounts.freezecase", met_at=None, cancelled_at=None
    )  # fmt: skip
    due = Subquery(running.filter(subject_id=Cast(OuterRef("pk"), CharField())).values("due_at")[:1])
    return FreezeCase.objects.select_related("enterprise").annotate(due_at=due)


def freezes_waiting(actor):
    """Reports that nobody has decided and proposals that wait for a second person, for the back office."""
    return freeze_cases(actor).filter(state__in=["reported", "unfreeze_proposed"])


def freeze_case(actor, case_id) -> FreezeCase:
    """One case with its proofs; raises Denied, NotFound."""
    rows = freeze_cases(actor).prefetch_related("proofs__document")
    text = str(case_id)
    found = rows.filter(pk=text).first() if text.isascii() and text.isdigit() and len(text) < 19 else None
    if found is None:
        raise NotFound()
    return found


def companies_meant(case: FreezeCase) -> list[Enterprise]:
    """The companies that a report may be about: the same code, or a name that holds what was typed."""
    wanted = Q(pk=None)
    if case.registration_no:
        wanted |= Q(registration_no=normal(case.registration_no))
    if len(case.named.strip()) >= 2:
        wanted |= Q(name__icontains=case.named.strip()) | Q(name_en__icontains=case.named.strip())
    return list(Enterprise.objects.filter(wanted).exclude(state="closed").order_by("-verified_at", "pk")[:SHOWN])


def freeze_in_force(enterprise_id: int | None) -> FreezeCase | None:
    """The case by which an enterprise is frozen now."""
    return FreezeCase.objects.filter(enterprise_id=enterprise_id or 0, state__in=IN_FORCE).first()


def contact_of(case: FreezeCase) -> dict[str, str]:
    """Who reported, as they said it; empty once erased, and for a company that froze itself."""
    try:
        return json.loads(case.contact) if case.contact else {}
    except ValueError:  # sealed with a key that is gone
        return {}
