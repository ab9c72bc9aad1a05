"""Goods on their way that are refunded in part: on their giver's word they are its stock again, or given up (H26, H34)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from catalog.services import return_stock, split_shipped
from kernel.services import cancel_deadlines, lock, lock_all, move

from ..models import Consignment, ConsignmentLine, Order, RefundLine

SENT = ("carrier", "carrier_name", "waybill_no", "shipped_at", "signed_at")


def take_back(order: Order, rows: Iterable[RefundLine], fates: Mapping[int, str], *, actor) -> None:
    """Let what a part refund names of shipments on their way end, each with its giver's word: "returned" or "given_up" by shipment.

    What is refunded of a shipment goes on as a row of its own, with the same waybill; the rest stays on its way to be inspected. The
    stock of the order is locked by the caller (`lock_what_ends`). Raises IllegalMove when one was accepted meanwhile.
    """
    by_shipment: dict[int, dict[int, int]] = {}
    for row in rows:
        by_shipment.setdefault(row.consignment_id or 0, {})[row.line_id] = row.quantity
    for pk, quantities in sorted(by_shipment.items()):
        goods = lock(Consignment.objects.filter(order=order), pk=pk)
        Consignment.MACHINE.target(goods.state, "cancel")
        ended = _parted(goods, quantities, actor=actor)
        fate = fates[pk]
        Consignment.objects.filter(pk=ended.pk).update(giver_word=fate)
        ended = lock(Consignment.objects.all(), pk=ended.pk)
        move(ended, "cancel", fate=fate)
        cancel_deadlines(ended)
        if fate == "returned":
            return_stock(ended.lines.values_list("stock_ref", flat=True), actor=actor)


def _parted(goods: Consignment, quantities: Mapping[int, int], *, actor) -> Consignment:
    """The shipment itself when all of it is refunded, else a new row that carries what is."""
    lines = lock_all(ConsignmentLine.objects.all(), goods.lines.values_list("pk", flat=True))
    if all(row.quantity == quantities.get(row.line_id, 0) for row in lines):
        return goods
    part = Consignment.objects.create(
        order_id=goods.order_id, giver_id=goods.giver_id, receiver_id=goods.receiver_id, state="shipped",
        **{name: getattr(goods, name) for name in SENT},
    )  # fmt: skip
    refs: dict[str, tuple[str, Decimal]] = {}
    for row in lines:
        many = quantities.get(row.line_id, 0)
        if many == row.quantity:
            ConsignmentLine.objects.filter(pk=row.pk).update(consignment=part)
        elif many:
            ref = f"orders.orderline:{row.line_id}:{part.pk}"
            refs[row.stock_ref] = (ref, Decimal(many))
            ConsignmentLine.objects.filter(pk=row.pk).update(quantity=row.quantity - many)
            ConsignmentLine.objects.create(consignment=part, line_id=row.line_id, quantity=many, stock_ref=ref)
    if refs:
        split_shipped(refs, actor=actor)
    return part
