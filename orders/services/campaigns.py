"""A confirmed order is put down to the campaign by which its proposer came (H56)."""

from catalog.services import attribute_order

from ..models import Order
from ..worth import order_worth


def put_down_to_campaign(order_id: int) -> None:
    """Tell the catalogue that an order was confirmed, with the value of its heavier side; done again it changes nothing."""
    order = Order.objects.prefetch_related("lines").get(pk=order_id)
    attribute_order(order.no, user_id=order.created_by_id, enterprise_id=order.proposer_id, value=order_worth(order))
