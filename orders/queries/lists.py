"""The lists of orders: tabs by whose move it is, search and filters, pages by keyset, what is downloaded."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from accounts.actors import Actor
from kernel.models import Deadline
from kernel.registries import ORDERS_DISPUTED
from kernel.workdays import SHANGHAI

from ..models import Consignment, Order, OrderLine, Refund, Tender
from .reads import DONE_STATES, ON_PAGES, OPEN_STATES, PAGE, load_given_back, orders_of, waiting_for

EXPORT_MAX = 5000
COUNT_MOST = 999
TABS = ("mine", "theirs", "disputed", "done", "all")
ROLES = ("proposed", "received", "gives", "gets")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to: words, days of the proposal in Shanghai (both included), the part our enterprise plays."""

    text: str = ""
    since: date | None = None
    until: date | None = None
    role: str = ""

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.since or self.until or self.role)


NO_FILTERS = Filters()


@dataclass(frozen=True)
class OrderPage:
    """One page of a keyset list; `older` and `newer` are the ids to page on with, None at an end."""

    rows: list[Order]
    older: int | None = None
    newer: int | None = None


def disputed() -> Q:
    """Orders over which the parties are in dispute: a room says so (a complaint), or a refund request ran out of its time to answer."""
    ran_out = Deadline.objects.filter(policy="orders.answer_refund", subject_type="orders.refund", fired_at__isnull=False)
    late = Refund.objects.annotate(ran_out=Exists(ran_out.filter(subject_id=Cast(OuterRef("pk"), CharField()))))
    found = Q(Exists(late.filter(order=OuterRef("pk"), state="requested", ran_out=True)))
    for orders in ORDERS_DISPUTED.values():
        found |= Q(pk__in=orders())
    return found


def searched(text: str) -> Q:
    """Orders with these words in number, company name of the day, goods, remittance reference or waybill number."""
    goods = OrderLine.objects.filter(Q(title_zh__icontains=text) | Q(title_en__icontains=text), order=OuterRef("pk"))
    packed = "".join(text.split())
    waybill = Consignment.objects.filter(order=OuterRef("pk"), waybill_no__icontains=packed)
    paid = Tender.objects.filter(order=OuterRef("pk"), escrow__remittance_reference__icontains=packed)
    found = Q(no__icontains=packed) | Exists(goods) | Exists(waybill) | Exists(paid)
    for name in ("proposer_name", "proposer_name_en", "responder_name", "responder_name_en"):
        found |= Q(**{f"{name}__icontains": text})
    return found


def narrowed(rows: QuerySet[Order], filters: Filters, me: int) -> QuerySet[Order]:
    if text := filters.text.strip()[:100]:
        rows = rows.filter(searched(text))
    if filters.since:
        rows = rows.filter(created_at__gte=datetime.combine(filters.since, time.min, SHANGHAI))
    if filters.until:
        rows = rows.filter(created_at__lt=datetime.combine(filters.until, time.min, SHANGHAI) + timedelta(days=1))
    goods = OrderLine.objects.filter(order=OuterRef("pk"))
    roles = {
        "proposed": Q(proposer_id=me), "received": Q(responder_id=me), "gives": Exists(goods.filter(giver_id=me)),
        "gets": Exists(goods.exclude(giver_id=me)),
    }  # fmt: skip
    return rows.filter(roles[filters.role]) if filters.role in roles else rows


def found_orders(actor: Actor, *, tab: str = "all", filters: Filters = NO_FILTERS) -> QuerySet[Order]:
    """The actor's orders of a tab (mine / theirs / disputed / done / all), narrowed, newest first; raises Denied."""
    rows = narrowed(orders_of(actor), filters, actor.enterprise_id or 0)
    if tab == "mine":
        rows = rows.filter(pk__in=waiting_for(actor.enterprise_id))
    elif tab == "theirs":
        rows = rows.filter(state__in=OPEN_STATES).exclude(pk__in=waiting_for(actor.enterprise_id))
    elif tab == "disputed":
        rows = rows.filter(disputed())
    elif tab == "done":
        rows = rows.filter(state__in=DONE_STATES)
    return rows


def tabs_counted(actor: Actor, filters: Filters = NO_FILTERS) -> dict[str, int]:
    """How many orders each tab but "all" holds, counted to COUNT_MOST; two queries."""
    rows = narrowed(orders_of(actor), filters, actor.enterprise_id or 0)
    mine = Exists(waiting_for(actor.enterprise_id).filter(pk=OuterRef("pk")))
    quarrel = Exists(Order.objects.filter(disputed(), pk=OuterRef("pk")))
    seen = rows.annotate(mine=mine, quarrel=quarrel).filter(Q(state__in=OPEN_STATES) | Q(quarrel=True))
    live = list(seen.values_list("state", "mine", "quarrel")[: 3 * COUNT_MOST])
    counts = {
        "mine": sum(waits for _state, waits, _quarrel in live),
        "theirs": sum(state in OPEN_STATES and not waits for state, waits, _quarrel in live),
        "disputed": sum(quarrel for _state, _waits, quarrel in live),
        "done": len(rows.filter(state__in=DONE_STATES).values_list("pk")[:COUNT_MOST]),
    }
    return {name: min(n, COUNT_MOST) for name, n in counts.items()}


def orders_page(
    actor: Actor, *, tab: str = "all", filters: Filters = NO_FILTERS, before: int | None = None, after: int | None = None
) -> OrderPage:  # fmt: skip
    """One page of the order list by keyset: older than `before`, or newer than `after`, or the newest."""
    rows = found_orders(actor, tab=tab, filters=filters).prefetch_related(*ON_PAGES)
    if after:
        found = list(rows.filter(pk__gt=after).order_by("id")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return OrderPage(page, page[-1].pk if page else None, page[0].pk if len(found) > PAGE else None)
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    page = found[:PAGE]
    return OrderPage(page, page[-1].pk if len(found) > PAGE else None, page[0].pk if before and page else None)


def orders_export(actor: Actor, *, tab: str = "all", filters: Filters = NO_FILTERS) -> list[Order]:
    """The list as it is downloaded: at most EXPORT_MAX orders, newest first."""
    related = [name for name in ON_PAGES if name != "tenders"]
    money = Prefetch("tenders", Tender.objects.select_related("escrow", "hold"))
    orders = list(found_orders(actor, tab=tab, filters=filters).prefetch_related(*related, money)[:EXPORT_MAX])
    load_given_back(orders)
    return orders
