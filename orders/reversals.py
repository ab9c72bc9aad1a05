"""What undoes an act of this room: a proposal by its withdrawal, a trade by a refund request, a request by its withdrawal (H18)."""

from django.urls import reverse

from kernel.registries import reversal

from . import queries, rules
from .facts import ConsignmentShipped, OrderConfirmed, OrderProposed, RefundRequested
from .models import Order
from .permissions import PROPOSE, REQUEST_REFUND, VIEW_ORDERS
from .states import REFUND_OPEN


@reversal(OrderProposed.fact_name, OrderConfirmed.fact_name, ConsignmentShipped.fact_name, RefundRequested.fact_name)  # type: ignore[attr-defined]
def orders(actor, facts) -> dict[int, str]:
    """The question that undoes each act as its order stands now; nothing where it is too late."""
    if not actor.can(VIEW_ORDERS):
        return {}
    rows = queries.orders_of(actor).filter(pk__in={fact.payload["order_id"] for fact in facts})
    found = {order.pk: order for order in rows.prefetch_related("consignments", "refunds")}
    urls = {fact.pk: _url(actor, fact, found.get(fact.payload["order_id"])) for fact in facts}
    return {pk: url for pk, url in urls.items() if url}


def _url(actor, fact, order: Order | None) -> str:
    if order is None:
        return ""
    if fact.name == RefundRequested.fact_name:  # type: ignore[attr-defined]
        refund = next((r for r in order.refunds.all() if r.pk == fact.payload["refund_id"]), None)
        waits = refund is not None and refund.state == "requested" and refund.asked_by_id == actor.enterprise_id
        return reverse("orders:refund_withdrawal", args=[order.no, refund.pk]) if waits and refund and actor.can(REQUEST_REFUND) else ""
    if fact.name == OrderProposed.fact_name and order.state == "proposed":  # type: ignore[attr-defined]
        ours = order.proposer_id == actor.enterprise_id and actor.can(PROPOSE)
        return reverse("orders:withdrawal", args=[order.no]) if ours else ""
    return reverse("orders:refund_new", args=[order.no]) if _refundable(actor, order) else ""


def _refundable(actor, order: Order) -> bool:
    me = actor.enterprise_id
    accepted = any(c.state == "accepted" and c.receiver_id == me for c in order.consignments.all())
    asked = sum(refund.asked_by_id == me and refund.state != "settled" for refund in order.refunds.all())
    waiting = any(refund.state in REFUND_OPEN for refund in order.refunds.all())
    refusal = rules.refund_refusal(order.state, accepted_own=accepted, asked_before=asked)
    return not refusal and not waiting and actor.can(REQUEST_REFUND)
