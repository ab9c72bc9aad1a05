"""What a frozen party is still told of its orders: that they are open, and which clocks run."""

from kernel.queries import policy_label

from ..models import Order
from .desk import other_name
from .reads import ON_PAGES, OPEN_STATES, clocks_of

MOST = 20


def open_orders_of(enterprise_id: int) -> list[dict]:
    """The open orders of an enterprise as plain lines (number, other party, state, clocks), newest first; nothing to click."""
    found = Order.objects.of_party(enterprise_id).filter(state__in=OPEN_STATES).order_by("-id").prefetch_related(*ON_PAGES)
    orders = list(found[:MOST])
    clocks = clocks_of(orders)
    return [
        {
            "no": order.no, "state": order.get_state_display(),
            "other": other_name(order, enterprise_id),
            "clocks": [
                {"label": policy_label(policy), "due_at": row.due_at, "started_at": row.started_at, "paused_at": row.paused_at}
                for (policy, pk), row in sorted(clocks.items())
                if pk in _subjects(order, row.subject_type)
            ],
        }
        for order in orders
    ]  # fmt: skip


def _subjects(order: Order, subject_type: str) -> set[int]:
    rows = {"orders.consignment": order.consignments.all(), "orders.refund": order.refunds.all()}.get(subject_type, [order])
    return {row.pk for row in rows}
