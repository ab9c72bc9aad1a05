"""Reads for the pages of complaints; the first argument is the actor."""

from collections.abc import Iterable

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from accounts.actors import Actor, require, require_staff
from accounts.queries import in_green_order
from kernel.models import Deadline, Fact
from kernel.queries import facts_about
from kernel.refusals import NotFound
from kernel.registries import SIGHTS, sight
from orders.models import Order
from orders.queries import order_for

from .models import Complaint
from .permissions import HANDLE_COMPLAINT, OPEN_COMPLAINT, VIEW_COMPLAINTS
from .states import COMPLAINT_OPEN

PAGE = 30
SUBJECT = "disputes.complaint"


def complaints_of(actor: Actor) -> QuerySet[Complaint]:
    """Every complaint the actor's enterprise is a party to, newest first; raises Denied without the box."""
    require(actor, VIEW_COMPLAINTS)
    return Complaint.objects.own(actor).select_related("order", "opened_by", "other").order_by("-id")


def complaints_page(actor: Actor, *, before: int | None = None) -> tuple[list[Complaint], int | None]:
    """One page of them, and the id to go on before (None at the end)."""
    rows = complaints_of(actor)
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    return found[:PAGE], (found[PAGE - 1].pk if len(found) > PAGE else None)


def complaint_for(actor: Actor, no: str) -> Complaint:
    """One complaint of the actor's enterprise; raises NotFound for foreign and missing alike, Denied without the box."""
    complaint = complaints_of(actor).filter(no=no).first()
    if complaint is None:
        raise NotFound()
    return complaint


def order_to_complain_about(actor: Actor, order_no: str) -> Order:
    """The order a new complaint is about; raises NotFound, Denied for those who may not complain."""
    order = order_for(actor, order_no)
    if actor.enterprise_id not in order.parties:
        raise NotFound()
    require(actor, OPEN_COMPLAINT)
    return order


def open_complaint_about(actor: Actor, order: Order) -> Complaint | None:
    """The actor's own complaint about an order that is not closed yet."""
    return Complaint.objects.filter(order=order, opened_by_id=actor.enterprise_id or 0, state__in=COMPLAINT_OPEN).first()


def clocks_of(complaints: Iterable[Complaint]) -> dict[int, Deadline]:
    """The running clocks of loaded complaints by their id; one query for all."""
    pks = [str(c.pk) for c in complaints if c.state == "open"]
    if not pks:
        return {}
    rows = Deadline.objects.filter(subject_type=SUBJECT, subject_id__in=pks, met_at=None, cancelled_at=None, fired_at=None)
    return {int(row.subject_id): row for row in rows}


def with_clock(rows: QuerySet[Complaint]) -> QuerySet[Complaint]:
    """Complaints for the desk's queue, each with `due_at` of its running clock (None when it ran out or was met)."""
    running = Deadline.objects.filter(policy="disputes.acknowledge", subject_type=SUBJECT, met_at=None, cancelled_at=None, fired_at=None)
    return rows.annotate(due_at=Subquery(running.filter(subject_id=Cast(OuterRef("pk"), CharField())).values("due_at")[:1]))


def every_complaint(actor: Actor) -> QuerySet[Complaint]:
    """All complaints for the desk with their clocks, in the order in which they are worked: VIP companies' by their bonus earlier (H59)."""
    require_staff(actor, HANDLE_COMPLAINT)
    rows = in_green_order(Complaint.objects.visible_to(actor), queue="complaints", moment="opened_at", enterprise="opened_by_id")
    return with_clock(rows).order_by("queue_place", "pk")


def complaints_waiting(actor: Actor) -> QuerySet[Complaint]:
    """Complaints that nobody has taken up yet, longest waiting first; staff only, raises Denied."""
    require_staff(actor, HANDLE_COMPLAINT)
    return Complaint.objects.visible_to(actor).filter(state="open").order_by("opened_at", "pk")


def facts_of(complaint: Complaint) -> list[Fact]:
    """What happened to a complaint, oldest first, without the clock's own bookkeeping."""
    return [fact for fact in facts_about(complaint) if fact.name.startswith("disputes.")]


def complaint_for_desk(actor: Actor, complaint_id) -> Complaint:
    """One complaint for the desk; raises Denied, NotFound."""
    require_staff(actor, HANDLE_COMPLAINT)
    found = None
    if str(complaint_id).isascii() and str(complaint_id).isdigit() and len(str(complaint_id)) < 19:
        found = Complaint.objects.visible_to(actor).select_related("order", "opened_by", "other").filter(pk=complaint_id).first()
    if found is None:
        raise NotFound()
    return found


@sight(SUBJECT)
def who_sees_complaint(complaint_id: str, places) -> set[int]:
    """Of these memberships of one party, those that see the complaint: who sees its order."""
    order_id = Complaint.objects.values_list("order_id", flat=True).get(pk=int(complaint_id))
    return SIGHTS["orders.order"](str(order_id), places)
