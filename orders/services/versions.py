"""Putting the next version of an order's terms into force: rows, stock and money follow, and what was before stays readable (H25)."""

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from catalog.models import Stock
from catalog.services import Wanted, release_stock, reserve_stock
from credit_guarantee.models import Escrow
from credit_guarantee.services import cancel_escrow, open_escrow
from kernel.chains import subject_of
from kernel.refusals import Refusal
from kernel.services import cancel_deadlines, lock, lock_all, move, start_deadline
from ledger.services import hold_funds, refund_hold

from ..models import Destination, Order, OrderLine, Tender
from .ceilings import refuse_full_wallets
from .funding import fund_if_held, locked_tenders

CASH_HELD = _("The custodian holds the cash already, so it stays as agreed. Settle the difference in barter credit, or undo the order.")
CASH_TOO_LATE = _(
    "Everything owed is held already, so no cash can be added. Settle the difference in barter credit, or make a second order."
)


def refuse_money_change(order: Order, tenders: list[Tender]) -> None:
    """Refuse what cannot be settled in this state: cash that the custodian holds, cash that would come after everything was held.

    Raises Refusal cash_held / cash_too_late; both say what to do instead.
    """
    kept = {tender.pk for tender in tenders if tender.pk}
    for tender in order.tenders.all():
        if tender.kind == "cash" and tender.state == "held" and tender.pk not in kept:
            raise Refusal("cash_held", CASH_HELD)
    new_cash = any(tender.kind == "cash" and not tender.pk for tender in tenders)
    if new_cash and order.state != "confirmed":
        raise Refusal("cash_too_late", CASH_TOO_LATE)


def apply_version(order: Order, edition, *, actor, before_news: Callable[[], None]) -> None:
    """Write an edition over a locked order. `before_news` counts and records it, between the locks of stock and those of accounts."""
    version = edition.order.version
    goods = {line.listing_id for line in [*order.lines.all(), *edition.added]}
    lock_all(Stock.objects.all(), goods)
    lock_all(Escrow.objects.all(), order.tenders.exclude(escrow=None).values_list("escrow_id", flat=True))
    _change_goods(order, edition, version, actor)
    if edition.new_place:
        Destination.objects.filter(order=order, receiver_id=edition.new_place.receiver_id).update(ended_version=version)
        edition.new_place.since_version = version
        edition.new_place.save(force_insert=True)
    Order.objects.filter(pk=order.pk).update(version=version, note=edition.order.note, terms_hash=edition.hash)
    order.version, order.note, order.terms_hash = version, edition.order.note, edition.hash
    before_news()
    _change_money(order, edition.tenders, version, actor)
    if order.state == "confirmed":
        fund_if_held(order, actor=actor)


def _change_goods(order: Order, edition, version: int, actor) -> None:
    OrderLine.objects.filter(pk__in=[line.pk for line in edition.ended]).update(ended_version=version)
    release_stock([line.ref for line in edition.ended], actor=actor)
    for line in edition.added:
        line.since_version = version
    OrderLine.objects.bulk_create(edition.added)
    wanted = [
        Wanted(line.listing_id, Decimal(line.quantity), line.ref, order.no, buyer_id=order.other_party_id(line.giver_id))
        for line in edition.added
    ]
    if wanted:
        reserve_stock(wanted, actor=actor)


def _change_money(order: Order, wanted: list[Tender], version: int, actor) -> None:
    """Give back or drop what no longer holds, then hold or ask for what is new: the payer only needs the difference."""
    kept = {tender.pk for tender in wanted if tender.pk}
    gone = [tender for tender in locked_tenders(order) if tender.pk not in kept]
    for tender in gone:
        if tender.hold_id:
            refund_hold(tender.hold_id, key=f"order:{order.pk}:credit:v{version}:back", actor=actor)
            move(tender, "give_back")
        else:
            if tender.escrow_id:
                cancel_escrow(tender.escrow_id, actor=actor)
            move(tender, "drop")
    Tender.objects.filter(pk__in=[tender.pk for tender in gone]).update(ended_version=version)
    if gone and not any(tender.kind == "cash" for tender in wanted):
        cancel_deadlines(order, "orders.pay")
    refuse_full_wallets(tender for tender in wanted if not tender.pk)
    for tender in wanted:
        if not tender.pk:
            _secure(order, tender, version, actor)


def _secure(order: Order, tender: Tender, version: int, actor) -> None:
    tender.since_version = version
    tender.save(force_insert=True)
    locked, ref, amount = lock(Tender.objects.all(), pk=tender.pk), subject_of(order), tender.amount
    sides = {"payer_id": tender.payer_id, "payee_id": tender.payee_id, "amount": amount, "ref": ref, "actor": actor}
    if tender.kind == "credit":
        move(locked, "hold", hold=hold_funds(key=f"order:{order.pk}:credit:v{version}", **sides))
        return
    move(locked, "await_funds", escrow=open_escrow(key=f"order:{order.pk}:cash:v{version}", **sides))
    start_deadline("orders.pay", order, chains=order.chains)
