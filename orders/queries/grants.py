"""Who sees an order, and who of some people does."""

from accounts.actors import require
from accounts.permissions import MANAGE_TEAM
from kernel.refusals import NotFound
from kernel.registries import sight

from ..models import Order, OrderUserObjectPermission


def order_to_grant(actor, no: str) -> tuple[Order, set[int]]:
    """An order of the actor's and the own memberships it is granted to; raises NotFound, Denied without the team box."""
    require(actor, MANAGE_TEAM)
    order = Order.objects.own(actor).filter(no=no).first()
    if order is None:
        raise NotFound()
    granted = order.grants.filter(membership__enterprise_id=actor.enterprise_id)
    return order, set(granted.values_list("membership_id", flat=True))


@sight("orders.order")
def who_sees_order(order_id: str, places) -> set[int]:
    """Of these memberships of one party, those that see the order."""
    granted = OrderUserObjectPermission.objects.filter(content_object=int(order_id), membership__in=[p.pk for p in places])
    seen = set(granted.values_list("membership_id", flat=True))
    return {place.pk for place in places if place.is_main or not place.only_granted_orders or place.pk in seen}
