"""An order's goods in several shipments: what leaves now is divided from what remains to ship, and so is its promise of stock."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from catalog.services import split_stock
from kernel.refusals import Refusal
from kernel.services import hand_deadline, lock, lock_all

from .. import rules
from ..models import Consignment, ConsignmentLine, Order


def to_ship(order: Order, *, actor: Actor) -> Consignment:
    """Lock what the actor's enterprise has still to ship under a locked order; raises Refusal nothing_to_ship."""
    rest = Consignment.objects.filter(order=order, giver_id=actor.enterprise_id, state="to_ship").values_list("pk", flat=True).first()
    if rest is None:
        raise Refusal("nothing_to_ship", _("Nothing of yours remains to be shipped under this order."))
    return lock(Consignment.objects.filter(order=order), pk=rest)


def divided(consignment: Consignment, parts: Mapping[int, int]) -> dict[int, int]:
    """What stays to ship, by the line's id, when `parts` leave; empty when everything does. Raises Refusal part_wrong."""
    remaining = dict(consignment.lines.values_list("line_id", "quantity"))
    if refusal := rules.part_refusal(remaining, parts):
        raise Refusal("part_wrong", refusal)
    left = {pk: many - parts.get(pk, 0) for pk, many in remaining.items()}
    return {pk: many for pk, many in left.items() if many}


def keep_rest(order: Order, consignment: Consignment, rest: Mapping[int, int], *, actor: Actor) -> Consignment:
    """Set the rest of a shipment that leaves apart as what is still to ship; the clock of shipping goes with the rest."""
    kept = Consignment.objects.create(order=order, giver_id=consignment.giver_id, receiver_id=consignment.receiver_id)
    parts: dict[str, tuple[str, Decimal]] = {}
    for row in lock_all(ConsignmentLine.objects.all(), consignment.lines.values_list("pk", flat=True)):
        stays = rest.get(row.line_id, 0)
        if not stays:
            continue
        if stays == row.quantity:
            ConsignmentLine.objects.filter(pk=row.pk).update(consignment=kept)
            continue
        ref = f"orders.orderline:{row.line_id}:{kept.pk}"
        parts[row.stock_ref] = (ref, Decimal(stays))
        ConsignmentLine.objects.filter(pk=row.pk).update(quantity=row.quantity - stays)
        ConsignmentLine.objects.create(consignment=kept, line_id=row.line_id, quantity=stays, stock_ref=ref)
    if parts:
        split_stock(parts, actor=actor)
    hand_deadline("orders.ship", consignment, kept)
    return kept
