"""When everything owed is held the order may ship; when it never arrives the order ends and all is freed."""

from collections.abc import Mapping

from django.db import transaction

from catalog.models import Stock
from catalog.services import release_stock, return_stock
from credit_guarantee.models import Escrow
from credit_guarantee.services import cancel_escrow, refund_escrow, release_escrow
from kernel.clock import now
from kernel.services import cancel_deadlines, lock, lock_all, move, record, start_deadline
from kernel.timer import TIMER
from ledger.services import refund_hold, release_hold

from ..facts import OrderCancelled, OrderFunded
from ..models import Consignment, Order, Tender
from .instalments import hold_part, key_of, start_clocks, stop_clocks


def locked_tenders(order: Order) -> list[Tender]:
    """Lock the tenders of an order, in pk order."""
    return lock_all(Tender.objects.all(), order.tenders.values_list("pk", flat=True))


def lock_what_ends(order: Order) -> None:
    """Lock the stock and the escrows that an order's end touches, before its facts lock the chains (docs/ARCHITECTURE.md)."""
    lock_all(Stock.objects.all(), order.lines.values_list("listing_id", flat=True))
    lock_all(Escrow.objects.all(), order.tenders.exclude(escrow=None).values_list("escrow_id", flat=True))


def fund_if_held(order: Order, *, actor) -> None:
    """Move a locked, confirmed order on when each of its tenders is held (at once when it has none)."""
    tenders = locked_tenders(order)
    if any(tender.state != "held" for tender in tenders):
        start_clocks(order, tenders)
        return
    move(order, "fund", funded_at=now())
    for consignment in order.consignments.all():
        start_deadline("orders.ship", consignment, chains=order.chains)
    value = OrderFunded(order_id=order.pk, no=order.no, proposer_id=order.proposer_id, responder_id=order.responder_id)
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["confirmed", "funded"]})


@transaction.atomic
def fund_order(order_id: int, *, escrow_id: int, actor) -> None:
    """Note that the custodian holds an order's cash; harmless when noted before."""
    order = lock(Order.objects.all(), pk=order_id)
    hold_part(order, locked_tenders(order), escrow_id, actor=actor)
    if order.state == "confirmed":
        fund_if_held(order, actor=actor)


def settle_tenders(order: Order, *, actor) -> None:
    """Pay every held tender of a locked order out to its payee."""
    for tender in locked_tenders(order):
        if tender.hold_id:
            release_hold(tender.hold_id, key=f"{key_of(tender)}:release", actor=actor)
        elif tender.escrow_id:
            release_escrow(tender.escrow_id, key=f"{key_of(tender)}:release", actor=actor)
        move(tender, "settle")


def _return_tenders(order: Order, actor) -> None:
    tenders = locked_tenders(order)
    stop_clocks(tenders)
    for tender in tenders:
        if tender.hold_id:
            refund_hold(tender.hold_id, key=f"{key_of(tender)}:refund", actor=actor)
            move(tender, "give_back")
        elif tender.escrow_id and tender.state == "held":
            refund_escrow(tender.escrow_id, key=f"{key_of(tender)}:refund", actor=actor)
            move(tender, "give_back")
        elif tender.escrow_id:
            cancel_escrow(tender.escrow_id, actor=actor)
            move(tender, "drop")


def cancel_order(order: Order, *, actor, reason: str, fates: Mapping[int, str] | None = None) -> None:
    """Undo a locked order: every tender goes back as it came, stock that has not left is freed.

    `fates` is the giver's word on consignments on their way: what has come back is on the giver's shelf again, what was given up is not.
    """
    before = order.state
    lock_what_ends(order)
    move(order, "cancel", ended_at=now(), end_reason=reason)
    unshipped, back = _end_consignments(order, fates or {})
    release_stock(unshipped, actor=actor)
    return_stock(back, actor=actor)
    cancel_deadlines(order)
    value = OrderCancelled(order_id=order.pk, no=order.no, proposer_id=order.proposer_id, responder_id=order.responder_id)
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": [before, "cancelled"]})
    _return_tenders(order, actor)  # after the fact: chains are locked before accounts, everywhere (docs/ARCHITECTURE.md)


def _end_consignments(order: Order, fates: Mapping[int, str]) -> tuple[list[str], list[str]]:
    """End what is not accepted, and name the promises of stock that never left and those that came back; a dropped part is over already."""
    unshipped, back = [], []
    for consignment in lock_all(Consignment.objects.all(), order.consignments.values_list("pk", flat=True)):
        if consignment.state == "cancelled":
            continue
        refs = list(consignment.lines.values_list("stock_ref", flat=True))
        fate = fates.get(consignment.pk, "")
        if consignment.state == "to_ship":
            unshipped += refs
        elif consignment.state == "shipped" and fate == "returned":
            back += refs
        if consignment.state != "accepted":  # what was accepted stays so; the parties bring it back between them
            move(consignment, "cancel", fate=fate)
        cancel_deadlines(consignment)
    return unshipped, back


@transaction.atomic
def cancel_unpaid(order_id: int, *, reason: str, tender_id: int | None = None) -> None:
    """End an order whose cash, or the part of it whose time has run out, never arrived; harmless when it has been paid meanwhile."""
    order = lock(Order.objects.all(), pk=order_id)
    parts = [tender for tender in locked_tenders(order) if tender_id in (None, tender.pk)]
    if order.state == "confirmed" and any(tender.state == "awaiting_funds" for tender in parts):
        cancel_order(order, actor=TIMER, reason=reason)
