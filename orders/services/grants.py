"""Which narrowed sub-accounts of a party see an order (H16)."""

from collections.abc import Iterable

from django.db import transaction

from accounts.actors import require
from accounts.models import Enterprise
from accounts.permissions import MANAGE_TEAM
from accounts.services import set_grants
from kernel.services import claim_key, lock, record

from ..facts import OrderGrantsSet
from ..models import Order, OrderUserObjectPermission


@transaction.atomic
def grant_order(no: str, *, people: Iterable[int], actor, request_key: str) -> Order:
    """Let exactly these memberships, of those that see only granted orders, see an order of the actor's, from their next request on.

    The other party learns nothing of it. Raises NotFound (a foreign order, a person who is not narrowed), Denied without the team box.
    """
    require(actor, MANAGE_TEAM)
    wanted = sorted(set(people))
    claim = claim_key(request_key, verb="orders.grant_order", actor=actor, inputs={"no": no, "people": wanted})
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return order
    before, after = set_grants(OrderUserObjectPermission, order, flag="only_granted_orders", people=wanted, actor=actor)
    if before != after:
        fact = OrderGrantsSet(order_id=order.pk, no=no, enterprise_id=actor.party_id)
        # About the enterprise, on its own chain: what is about the order stands in the timeline that both parties read.
        subject = Enterprise(pk=actor.party_id)
        record(fact, actor=actor, subject=subject, chains=[actor.acting_for], changes={"people": [before, after]})
    claim.done(order.pk)
    return order
