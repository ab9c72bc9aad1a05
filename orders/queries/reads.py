"""Reads for the pages of orders; the first argument is the actor or the enterprise."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Cast

from accounts.actors import Actor, require, require_staff
from accounts.models import User
from kernel.models import Deadline, Document, Fact
from kernel.refusals import NotFound

from ..models import Amendment, Consignment, Destination, Order, OrderLine, OrderPaper, Refund, RefundPart, Tender
from ..permissions import VIEW_ORDERS
from ..states import REFUND_OPEN

OPEN_STATES = ("proposed", "confirmed", "funded", "shipped")
DONE_STATES = ("completed", "declined", "withdrawn", "lapsed", "cancelled")
PAGE = 30
SHIPMENTS = Prefetch("consignments", Consignment.objects.with_parts().order_by("pk"))
ON_PAGES = ("lines", "tenders", SHIPMENTS, "refunds")


def orders_of(actor: Actor):
    """Every order the actor's enterprise is a party to, newest first; raises Denied without the box."""
    if actor.can_staff("orders.view_order") and not actor.enterprise_id:
        return Order.objects.order_by("-id")
    require(actor, VIEW_ORDERS)
    return Order.objects.own(actor).order_by("-id")


def order_for(actor: Actor, no: str) -> Order:
    """One order of the actor's enterprise, with all that its page shows; raises NotFound for foreign and missing alike."""
    heavy = ("listing__search", "listing__wants_search", "listing__description_zh", "listing__description_en")
    related = (
        Prefetch("lines", OrderLine.objects.select_related("listing__category").defer(*heavy)),
        Prefetch("tenders", Tender.objects.select_related("escrow", "hold")),
        Prefetch("destinations", Destination.objects.select_related("contact", "phone")),
        SHIPMENTS,
        "consignments__events",
        "refunds__lines",
        Prefetch("papers", OrderPaper.objects.select_related("document")),
    )
    rows = orders_of(actor).filter(no=no).select_related("proposer", "responder", "negotiation__rfq", "countered_in")
    changes = Amendment.objects.filter(order=OuterRef("pk"))
    waiting = changes.filter(state="proposed")
    rows = rows.annotate(
        changes_asked=Exists(changes), change_id=Subquery(waiting.values("pk")[:1]), change_by=Subquery(waiting.values("by")[:1])
    )
    order = rows.prefetch_related(*related).first()
    if order is None:
        raise NotFound()
    load_given_back([order])
    return order


def load_given_back(orders: Iterable[Order]) -> None:
    """Load what went back in part of orders' money; where nothing did, as the holds say, the database is not asked."""
    tenders = [tender for order in orders for tender in order.tenders.all()]
    if any(held.returned_minor for tender in tenders for held in (tender.hold, tender.escrow) if held):
        models.prefetch_related_objects(tenders, "refunded")
    for tender in tenders:
        tender._prefetched_objects_cache = {"refunded": RefundPart.objects.none(), **getattr(tender, "_prefetched_objects_cache", {})}


def paper_for(actor: Actor, no: str, paper_id: int) -> Document:
    """A paper of an order of the actor's enterprise; raises NotFound."""
    paper = OrderPaper.objects.select_related("document").filter(pk=paper_id, order__in=orders_of(actor).filter(no=no)).first()
    if paper is None:
        raise NotFound()
    return paper.document


def my_move(enterprise_id: int) -> Q:
    """Orders that wait for this enterprise to act; while a refund is asked for, only its answer is owed."""
    calm = ~Exists(Refund.objects.filter(order=OuterRef("pk"), state__in=REFUND_OPEN))
    owes_shipment = Q(consignments__giver_id=enterprise_id, consignments__state="to_ship", state__in=["funded", "shipped"])
    owes_acceptance = Q(consignments__receiver_id=enterprise_id, consignments__state="shipped", state="shipped")
    owes_payment = Q(state="confirmed", tenders__payer_id=enterprise_id, tenders__state="awaiting_funds")
    owes_answer = Q(state="proposed", responder_id=enterprise_id)
    untold = Consignment.objects.filter(order=OuterRef("pk"), giver_id=enterprise_id, shipped_at__isnull=False, giver_word="")
    untold = untold.exclude(state="cancelled")
    owes_word = Q(refunds__state="requested", refunds__kind="whole", refunds__asked_by_id=enterprise_id) & Exists(untold)
    asked_me = Q(proposer_id=enterprise_id, refunds__asked_by_id=F("responder_id"))
    asked_me |= Q(responder_id=enterprise_id, refunds__asked_by_id=F("proposer_id"))
    owes_refund_answer = Q(refunds__state="requested") & asked_me
    return Q(state__in=OPEN_STATES) & (
        owes_answer | owes_payment | ((owes_shipment | owes_acceptance) & calm) | owes_refund_answer | owes_word
    )


def waiting_for(enterprise_id: int | None):
    """Ids of the orders that wait for an enterprise to act."""
    return Order.objects.of_party(enterprise_id).filter(my_move(enterprise_id or 0)).values("pk")


def todo_orders(actor: Actor, limit: int = 20) -> list[Order]:
    """The orders that wait for the actor's enterprise; empty for those who may not see orders."""
    if not actor.can(VIEW_ORDERS):
        return []
    return list(orders_of(actor).filter(pk__in=waiting_for(actor.enterprise_id)).prefetch_related(*ON_PAGES)[:limit])


def running_orders(actor: Actor, limit: int = 10) -> list[Order]:
    """The newest orders in progress of the actor's enterprise; empty for those who may not see orders."""
    if not actor.can(VIEW_ORDERS):
        return []
    return list(orders_of(actor).filter(state__in=OPEN_STATES).prefetch_related(*ON_PAGES)[:limit])


def running_count(enterprise_id: int, cap: int = 1000) -> int:
    """How many orders of an enterprise are in progress, counted to `cap`."""
    return len(Order.objects.of_party(enterprise_id).filter(state__in=OPEN_STATES).order_by().values_list("pk")[:cap])


def has_orders(enterprise_id: int) -> bool:
    return Order.objects.of_party(enterprise_id).exists()


def todo_count(actor: Actor) -> int:
    """How many orders wait for the actor's enterprise (capped at 99); 0 for those who may not see orders."""
    if not actor.can(VIEW_ORDERS):
        return 0
    return len(Order.objects.own(actor).filter(my_move(actor.enterprise_id or 0)).values("pk").distinct()[:99])


def open_refund(order: Order) -> Refund | None:
    return next((r for r in order.refunds.all() if r.state in REFUND_OPEN), None)


def clocks_of(orders: Iterable[Order]) -> dict[tuple[str, int], Deadline]:
    """The clocks of loaded orders by (policy, id of order, money part, consignment or refund), one query for all.

    Those that run, and the shipping clocks that ran out: nothing happens by itself then, so the page goes on saying how late it is.
    """
    orders = list(orders)
    about = {
        "orders.order": [o.pk for o in orders],
        "orders.tender": [t.pk for o in orders for t in o.tenders.all() if t.state == "awaiting_funds"],
        "orders.consignment": [c.pk for o in orders for c in o.consignments.all()],
        "orders.refund": [r.pk for o in orders for r in o.refunds.all() if r.state in REFUND_OPEN],
    }
    wanted = [Q(subject_type=name, subject_id__in=[str(pk) for pk in pks]) for name, pks in about.items() if pks]
    if not wanted:
        return {}
    told = Q(fired_at=None) | Q(policy="orders.ship")
    rows = Deadline.objects.filter(told, met_at=None, cancelled_at=None).filter(_any(wanted)).order_by("id")
    return {(row.policy, int(row.subject_id)): row for row in rows}


def _any(conditions: list[Q]) -> Q:
    found = conditions[0]
    for condition in conditions[1:]:
        found |= condition
    return found


def order_no(order_id: int) -> str:
    """The number of an order that a lower room names by its row; empty when there is none."""
    return Order.objects.filter(pk=order_id).values_list("no", flat=True).first() or ""


def order_of_tender(tender_id: int) -> int | None:
    """The order whose money a part is, of whatever version; None when there is none."""
    return Tender.every.filter(pk=tender_id).values_list("order_id", flat=True).first()


def facts_of_order(order: Order) -> list[Fact]:
    """Everything that happened to a loaded order and to the money held for it, oldest first."""
    about = [Q(subject_type="orders.order", subject_id=str(order.pk))]
    holds = [str(pk) for t in order.tenders.all() for pk in (t.hold_id, t.escrow and t.escrow.hold_id) if pk]
    escrows = [str(t.escrow_id) for t in order.tenders.all() if t.escrow_id]
    if holds:
        about.append(Q(subject_type="ledger.hold", subject_id__in=holds))
    if escrows:
        about.append(Q(subject_type="credit_guarantee.escrow", subject_id__in=escrows))
    return list(Fact.objects.filter(_any(about)).order_by("id"))


def names_of_own_people(enterprise_id: int | None, user_ids: Iterable[int]) -> dict[int, str]:
    """Names of the people of one enterprise among these; people of others stay nameless (they are their firm)."""
    rows = User.objects.filter(pk__in=set(user_ids), memberships__enterprise_id=enterprise_id or 0)
    return {user.pk: str(user) for user in rows}


def refunds_for_staff() -> models.QuerySet:
    """Refund requests for the back office: open ones first, overdue on top, each with the due time of its answer."""
    clock = Deadline.objects.filter(
        policy="orders.answer_refund", subject_type="orders.refund", subject_id=Cast(OuterRef("pk"), models.CharField()),
        met_at=None, cancelled_at=None, fired_at=None,
    )  # fmt: skip
    waiting = models.Case(models.When(state__in=REFUND_OPEN, then=0), default=1, output_field=models.IntegerField())
    rows = Refund.objects.select_related("order", "asked_by").annotate(waiting=waiting, answer_due=Subquery(clock.values("due_at")[:1]))
    return rows.order_by("waiting", "created_at", "pk")


def refunds_unanswered(actor: Actor) -> models.QuerySet:
    """Refund requests whose time to answer has run out, longest waiting first; staff only, raises Denied."""
    require_staff(actor, "orders.view_refund")
    late = Deadline.objects.filter(
        policy="orders.answer_refund", subject_type="orders.refund", subject_id=Cast(OuterRef("pk"), models.CharField()),
        fired_at__isnull=False,
    )  # fmt: skip
    return Refund.objects.filter(Exists(late), state="requested").order_by("created_at", "pk")
