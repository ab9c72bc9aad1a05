"""An order's goods in several shipments: what leaves now is divided from what remains to ship, and so is its promise of stock."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from catalog.services import Wanted, release_stock, reserve_stock, split_stock
from kernel.refusals import Refusal
from kernel.services import cancel_deadlines, hand_deadline, lock, lock_all, move

from .. import rules
from ..models import Consignment, ConsignmentLine, Order, OrderLine

PENDING = ("to_ship", "shipped")  # an order completes when none of its shipments is in these any more


def to_ship(order: Order, *, actor: Actor) -> Consignment:
    """Lock what the actor's enterprise has still to ship under a locked order; raises Refusal nothing_to_ship."""
    rest = _rest_of(order, actor.enterprise_id or 0)
    if rest is None:
        raise Refusal("nothing_to_ship", _("Nothing of yours remains to be shipped under this order."))
    return rest


def _rest_of(order: Order, giver_id: int) -> Consignment | None:
    pk = Consignment.objects.filter(order=order, giver_id=giver_id, state="to_ship").values_list("pk", flat=True).first()
    return lock(Consignment.objects.filter(order=order), pk=pk) if pk else None


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
    _hand_over(consignment, kept, rest, actor=actor)
    hand_deadline("orders.ship", consignment, kept)
    return kept


def _hand_over(consignment: Consignment, to: Consignment, quantities: Mapping[int, int], *, actor) -> None:
    """Let another shipment carry such quantities (by line) of one; the promises of stock are divided likewise."""
    parts: dict[str, tuple[str, Decimal]] = {}
    for row in lock_all(ConsignmentLine.objects.all(), consignment.lines.values_list("pk", flat=True)):
        many = quantities.get(row.line_id, 0)
        if not many:
            continue
        if many == row.quantity:
            ConsignmentLine.objects.filter(pk=row.pk).update(consignment=to)
            continue
        ref = f"orders.orderline:{row.line_id}:{to.pk}"
        parts[row.stock_ref] = (ref, Decimal(many))
        ConsignmentLine.objects.filter(pk=row.pk).update(quantity=row.quantity - many)
        ConsignmentLine.objects.create(consignment=to, line_id=row.line_id, quantity=many, stock_ref=ref)
    if parts:
        split_stock(parts, actor=actor)


def drop_parts(order: Order, giver_id: int, quantities: Mapping[int, int], *, actor) -> Consignment:
    """Take such quantities (by line) out of what one party has still to ship under a locked order: they will not be sent any more.

    Their stock is free again; they stay readable as a shipment that was cancelled before it left, which is what comes back. The stock of
    the order is locked by the caller (`lock_what_ends`). Raises Refusal nothing_to_ship / part_wrong.
    """
    rest = _rest_of(order, giver_id)
    if rest is None:
        raise Refusal("nothing_to_ship", _("Nothing remains to be shipped under this order."))
    stays = divided(rest, quantities)
    dropped = rest
    if stays:
        move(rest, "cancel")  # there is one row to ship at a time; what stays goes over to a new one
        keep_rest(order, rest, stays, actor=actor)
    else:
        _end_rest(rest)
    release_stock(dropped.lines.values_list("stock_ref", flat=True), actor=actor)
    return dropped


def _end_rest(rest: Consignment) -> None:
    move(rest, "cancel")
    cancel_deadlines(rest)


def gone_of(order: Order) -> tuple[set[int], dict[int, int]]:
    """Of an order that is being shipped: who has nothing more to ship, and how much of each line (by id) has left or was dropped."""
    states = dict.fromkeys(order.consignments.values_list("giver_id", flat=True), False)
    states |= dict.fromkeys(order.consignments.filter(state="to_ship").values_list("giver_id", flat=True), True)
    gone: dict[int, int] = {}
    rows = ConsignmentLine.objects.filter(consignment__order=order).exclude(consignment__state="to_ship")
    for line_id, many in rows.values_list("line_id", "quantity"):
        gone[line_id] = gone.get(line_id, 0) + many
    return {giver for giver, open_still in states.items() if not open_still}, gone


def follow_version(order: Order, ended: list[OrderLine], added: list[OrderLine], *, actor) -> None:
    """Let the shipments of a locked order carry the lines of its next version.

    What has left goes on under the next version of its line, which is at least as much; what has still to be shipped is planned and
    promised anew. A party for which nothing remains to be shipped then has no open shipment any more.
    """
    rows = ConsignmentLine.objects.filter(line__in=[line.pk for line in ended])
    planned = rows.filter(consignment__state="to_ship")
    release_stock(planned.values_list("stock_ref", flat=True), actor=actor)
    planned.delete()
    heirs, gone = {line.listing_id: line for line in added}, dict.fromkeys((line.pk for line in added), 0)
    listings = {line.pk: line.listing_id for line in ended}
    for row in lock_all(ConsignmentLine.objects.all(), rows.values_list("pk", flat=True)):
        heir = heirs[listings[row.line_id]]
        gone[heir.pk] += row.quantity
        ConsignmentLine.objects.filter(pk=row.pk).update(line=heir)
    rest = {line: line.quantity - gone[line.pk] for line in added if line.quantity > gone[line.pk]}
    wanted = [
        Wanted(line.listing_id, Decimal(many), line.ref, order.no, buyer_id=order.other_party_id(line.giver_id))
        for line, many in rest.items()
    ]
    if wanted:
        reserve_stock(wanted, actor=actor)
    for giver in sorted({line.giver_id for line in [*ended, *added]}):
        goods = _rest_of(order, giver)
        if goods is None:
            continue
        mine = [(line, many) for line, many in rest.items() if line.giver_id == giver]
        ConsignmentLine.objects.bulk_create(
            [ConsignmentLine(consignment=goods, line=line, quantity=many, stock_ref=line.ref) for line, many in mine]
        )
        if not goods.lines.exists():
            _end_rest(goods)
