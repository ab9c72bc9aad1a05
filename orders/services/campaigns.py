"""A confirmed order is put down to the campaign by which its proposer came (H56)."""

from collections import Counter

from catalog.services import attribute_order
from kernel.money import Money

from ..models import Order


def put_down_to_campaign(order_id: int) -> None:
    """Tell the catalogue that an order was confirmed, with the value of its heavier side; done again it changes nothing."""
    order = Order.objects.prefetch_related("lines").get(pk=order_id)
    sides: Counter = Counter()
    for line in order.lines.all():
        sides[line.giver_id] += line.amount_minor
    value = Money(max(sides.values(), default=0), order.currency)
    attribute_order(order.no, user_id=order.created_by_id, enterprise_id=order.proposer_id, value=value)
