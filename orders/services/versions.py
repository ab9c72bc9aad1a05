"""Putting the next version of an order's terms into force: rows, stock and money follow, and what was before stays readable (H25)."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from catalog.models import Stock
from credit_guarantee.models import Escrow
from credit_guarantee.services import cancel_escrow
from kernel.refusals import Refusal
from kernel.services import lock, lock_all, move
from ledger.services import refund_hold

from ..models import Destination, Order, OrderLine, Tender
from .ceilings import refuse_full_wallets
from .funding import fund_if_held, locked_tenders
from .instalments import secure, stop_clocks
from .parts import follow_version
from .shipping import complete_if_accepted

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
    complete_if_accepted(order, actor=actor)  # nothing remains to be shipped under this version, and all that left was accepted


def _change_goods(order: Order, edition, version: int, actor) -> None:
    OrderLine.objects.filter(pk__in=[line.pk for line in edition.ended]).update(ended_version=version)
    for line in edition.added:
        line.since_version = version
    OrderLine.objects.bulk_create(edition.added)
    follow_version(order, edition.ended, edition.added, actor=actor)


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
    stop_clocks(gone)
    Tender.objects.filter(pk__in=[tender.pk for tender in gone]).update(ended_version=version)
    refuse_full_wallets(tender for tender in wanted if not tender.pk)
    for tender in wanted:
        if not tender.pk:
            tender.since_version = version
            tender.save(force_insert=True)
            secure(order, lock(Tender.objects.all(), pk=tender.pk), actor=actor)
