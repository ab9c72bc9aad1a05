"""What the staff read: registrations to review, people and groups."""

from django.contrib.auth.models import Group
from django.db.models import OuterRef, Prefetch, Subquery

from kernel.models import Deadline
from kernel.queries import deadlines_about
from kernel.refusals import Denied, NotFound

from ..models import Enterprise, Membership, User


def review_queue(actor):
    """Enterprises for the staff, those whose review is due first on top (a breached clock before all)."""
    due = Deadline.objects.filter(policy="accounts.review", subject_type="accounts.enterprise", met_at=None, cancelled_at=None)
    text = Subquery(due.filter(subject_id=_as_text(OuterRef("pk"))).order_by("-pk").values("due_at")[:1])
    since = Subquery(due.filter(subject_id=_as_text(OuterRef("pk"))).order_by("-pk").values("started_at")[:1])
    return Enterprise.objects.visible_to(actor).annotate(review_due_at=text, waiting_since=since)


def handed_in_at(enterprise: Enterprise) -> str:
    """When the registration that waits for review was handed in, as the review page carries it; empty when none waits."""
    waiting = deadlines_about(enterprise).filter(policy="accounts.review", met_at=None, cancelled_at=None).last()
    return waiting.started_at.isoformat() if waiting else ""


def registrations_waiting(actor):
    """Registrations that wait for a reviewer; staff only, others see none."""
    return review_queue(actor).filter(state__in=["submitted", "under_review"])


def _as_text(reference):
    from django.db.models import CharField
    from django.db.models.functions import Cast

    return Cast(reference, CharField())


def enterprise_under_review(actor, enterprise_id: int) -> Enterprise:
    """One enterprise with its papers and people, for the review page; raises Denied for those who are not staff, NotFound."""
    if not actor.can_staff("accounts.view_enterprise"):
        raise Denied("staff_permission_missing", capability="accounts.view_enterprise")
    people = Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("user").order_by("-is_main", "pk"))
    found = review_queue(actor).prefetch_related(people).filter(pk=enterprise_id).first()
    if found is None:
        raise NotFound()
    return found


def person_for_staff(actor, user_id: int) -> User:
    """One person with groups and open memberships, for the back office; raises Denied without accounts.view_user, NotFound."""
    if not actor.can_staff("accounts.view_user"):
        raise Denied("staff_permission_missing", capability="accounts.view_user")
    places = Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("enterprise").order_by("pk"))
    found = User.objects.prefetch_related("groups", places).filter(pk=user_id).first()
    if found is None:
        raise NotFound()
    return found


def staff_groups() -> list[str]:
    """The names of the staff's groups."""
    return list(Group.objects.order_by("name").values_list("name", flat=True))
