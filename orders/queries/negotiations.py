"""Reads of requests for quotation, negotiations and amendments; nobody else's exist for an enterprise (P11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, Subquery

from accounts.actors import Actor, require
from accounts.models import Enterprise
from catalog.models import Listing
from kernel.models import Deadline
from kernel.money import Money
from kernel.refusals import NotFound
from kernel.registries import sight

from ..models import Amendment, Destination, Negotiation, Order, OrderLine, Rfq, Round, RoundLine, Tender
from ..permissions import VIEW_ORDERS
from ..states import NEGOTIATION_OPEN
from ..worth import frozen
from .reads import PAGE, orders_of

NAMES_MOST = 24  # looked up at once: more than may be asked
NEGOTIATION_TABS = ("mine", "theirs", "ended", "all")
HEAVY = ("listing__search", "listing__wants_search", "listing__description_zh", "listing__description_en")


@dataclass(frozen=True)
class Page:
    """One page of a keyset list by id; `older` and `newer` are the ids to page on with, None at an end."""

    rows: list
    older: int | None = None
    newer: int | None = None


def page_of(rows, *, before: int | None, after: int | None) -> Page:
    """Cut a page out of rows, newest first: older than `before`, or newer than `after`, or the newest."""
    if after:
        found = list(rows.filter(pk__gt=after).order_by("id")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return Page(page, page[-1].pk if page else None, page[0].pk if len(found) > PAGE else None)
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-id")[: PAGE + 1])
    page = found[:PAGE]
    return Page(page, page[-1].pk if len(found) > PAGE else None, page[0].pk if before and page else None)


def _lines():
    return Prefetch("lines", RoundLine.objects.select_related("listing__category").defer(*HEAVY))


def _threads(actor: Actor):
    require(actor, VIEW_ORDERS)
    return Negotiation.objects.own(actor).select_related("rfq", "source", "order", "listing")


def negotiations_page(actor: Actor, *, tab: str = "mine", text: str = "", before: int | None = None, after: int | None = None) -> Page:
    """A page of the threads of the actor's enterprise on either side: mine to answer, theirs, ended, all; raises Denied."""
    rows = _threads(actor).prefetch_related(Prefetch("rounds", Round.objects.order_by("number")), Prefetch("rounds__lines"))
    if tab == "mine":
        rows = rows.filter(state__in=NEGOTIATION_OPEN, turn_id=actor.enterprise_id)
    elif tab == "theirs":
        rows = rows.filter(state__in=NEGOTIATION_OPEN).exclude(turn_id=actor.enterprise_id)
    elif tab == "ended":
        rows = rows.exclude(state__in=NEGOTIATION_OPEN)
    if text := text.strip()[:100]:
        names = Q(buyer_name__icontains=text) | Q(buyer_name_en__icontains=text) | Q(seller_name__icontains=text)
        names |= Q(seller_name_en__icontains=text)
        rows = rows.filter(Q(no__iexact=text) | Q(rfq__no__iexact=text) | Q(rfq__title__icontains=text) | names)
    return page_of(rows, before=before, after=after)


@sight("orders.negotiation")
def who_sees_negotiation(negotiation_id: str, places) -> set[int]:
    """Of these memberships of one party, those that see the negotiation: all but those narrowed to orders who had no hand in it."""
    thread = Negotiation.objects.select_related("rfq").get(pk=int(negotiation_id))
    hands = set(Round.objects.filter(negotiation=thread).values_list("made_by_id", flat=True))
    hands |= {thread.rfq.created_by_id} if thread.rfq else set()
    return {place.pk for place in places if place.is_main or not place.only_granted_orders or place.user_id in hands}


@sight("orders.rfq")
def who_sees_rfq(rfq_id: str, places) -> set[int]:
    """Of these memberships of the buyer, those that see its request."""
    by = Rfq.objects.values_list("created_by_id", flat=True).get(pk=int(rfq_id))
    return {place.pk for place in places if place.is_main or not place.only_granted_orders or place.user_id == by}


def negotiations_todo(actor: Actor) -> int:
    """How many negotiations wait for the actor's enterprise (capped at 99); 0 for those who may not see orders."""
    if not actor.can(VIEW_ORDERS):
        return 0
    rows = Negotiation.objects.own(actor).filter(state__in=NEGOTIATION_OPEN, turn_id=actor.enterprise_id)
    return len(rows.order_by().values_list("pk")[:99])


def negotiations_counted(actor: Actor) -> Subquery:
    """The same number inside another query; NULL for none. PostgreSQL asks for it once, however many rows that query has."""
    rows = Negotiation.objects.own(actor).filter(state__in=NEGOTIATION_OPEN, turn_id=actor.enterprise_id).order_by()
    return Subquery(rows.values("turn_id").annotate(n=Count("pk")).values("n"))


def negotiation_for(actor: Actor, no: str) -> Negotiation:
    """One thread of the actor's enterprise with all its rounds; raises NotFound for foreign and missing alike, Denied."""
    rounds = Prefetch("rounds", Round.objects.order_by("number").prefetch_related(_lines()))
    found = _threads(actor).filter(no=no).select_related("rfq__category", "buyer", "seller").prefetch_related(rounds).first()
    if found is None:
        raise NotFound()
    return found


def rfqs_page(actor: Actor, *, before: int | None = None, after: int | None = None) -> Page:
    """A page of the requests that the actor's enterprise sent, with their threads."""
    require(actor, VIEW_ORDERS)
    return page_of(Rfq.objects.own(actor).prefetch_related("threads"), before=before, after=after)


def rfq_for(actor: Actor, no: str) -> Rfq:
    """One request of the actor's enterprise with every quotation; raises NotFound (a seller sees its thread, never this), Denied."""
    require(actor, VIEW_ORDERS)
    rounds = Prefetch("rounds", Round.objects.order_by("number").prefetch_related("lines"))
    threads = Prefetch("threads", Negotiation.objects.select_related("order").order_by("pk").prefetch_related(rounds))
    found = Rfq.objects.own(actor).filter(no=no).select_related("category", "listing", "want", "inquiry").prefetch_related(threads).first()
    if found is None:
        raise NotFound()
    return found


def clock_of(policy: str, pk: int) -> Deadline | None:
    """The running clock of a request, a thread or an amendment."""
    model = {"orders.rfq": "rfq", "orders.quotation": "negotiation", "orders.amendment": "amendment"}[policy]
    rows = Deadline.objects.filter(subject_type=f"orders.{model}", subject_id=str(pk), policy=policy)
    return rows.filter(met_at=None, cancelled_at=None, fired_at=None).first()


def goods_of_thread(actor: Actor, *, other_id: int, keep: Iterable[int] = (), most: int = 200) -> dict[str, dict]:
    """What either side can put into an offer: {"give": own, "get": theirs} by id; `keep` stays in although its stock has run out."""
    rows = Listing.objects.live().select_related("stock").defer("search", "wants_search")
    own = Listing.objects.own(actor).values("pk")
    sides = {"give": rows.filter(seller_id=actor.enterprise_id, pk__in=own), "get": rows.filter(seller_id=other_id)}
    wanted = set(keep)
    found = {}
    for side, goods in sides.items():
        first = list(goods.filter(pk__in=wanted)) if wanted else []
        rest = list(goods.exclude(pk__in=wanted).order_by("-published_at", "-id")[:most])
        found[side] = {row.pk: row for row in [*first, *rest]}
    return found


def sellers_named(words: Iterable[str]) -> tuple[dict[int, Listing | None], list[str]]:
    """The enterprises meant by numbers of offers, shop addresses or names: {seller: its offer, or None}, and what was not found."""
    found: dict[int, Listing | None] = {}
    missing = []
    for word in list(dict.fromkeys(word.strip() for word in words if word.strip()))[:NAMES_MOST]:
        listing = Listing.objects.live().filter(no=word.upper()).first()
        firms = Enterprise.objects.verified().filter(Q(handle=word) | Q(name=word) | Q(name_en=word))
        seller = listing.seller_id if listing else firms.values_list("pk", flat=True).first()
        if seller is None:
            missing.append(word)
        elif found.get(seller) is None:
            found[seller] = listing
    return found, missing


def counted_with(order_id: int) -> list[str]:
    """What else was counted against limits for an order: the offer it came of, the changes of its terms."""
    last = Round.objects.filter(negotiation__order_id=order_id).order_by("-number").values_list("pk", flat=True)[:1]
    changes = Amendment.objects.filter(order_id=order_id).values_list("pk", flat=True)
    return [f"orders.round:{pk}" for pk in last] + [f"orders.amendment:{pk}" for pk in changes]


def order_of_amendment(amendment_id: int) -> int:
    """The order of an amendment; 0 when there is none."""
    return Amendment.objects.filter(pk=amendment_id).values_list("order_id", flat=True).first() or 0


def order_with_versions(actor: Actor, no: str) -> Order:
    """An order of the actor's enterprise with the parts of all its versions, as `every_line`, `every_tender`, `every_place`."""
    related = (
        Prefetch("lines", OrderLine.every.select_related("listing__category").defer(*HEAVY), to_attr="every_line"),
        Prefetch("tenders", Tender.every.all(), to_attr="every_tender"),
        Prefetch("destinations", Destination.every.all(), to_attr="every_place"),
        "amendments",
    )
    order = orders_of(actor).filter(no=no).prefetch_related(*related).first()
    if order is None:
        raise NotFound()
    return order


def amendment_for(order: Order, amendment_id: int) -> Amendment:
    """An amendment of an order that the actor sees; raises NotFound."""
    found = next((row for row in order.amendments.all() if row.pk == amendment_id), None)
    if found is None:
        raise NotFound()
    return found


def bargaining_record(enterprise_id: int, *, since=None) -> list[dict]:
    """Every round of an enterprise's negotiations for later analysis: who asked for or offered how much, in minor units, oldest first.

    `asked` is the goods' value that the side of the round wants for what it gives, `fair` what those goods were worth by their listings.
    """
    rows = Round.objects.filter(negotiation__in=Negotiation.objects.of_party(enterprise_id)).select_related("negotiation__rfq")
    rows = rows.filter(made_at__gte=since) if since else rows
    found = []
    for row in rows.order_by("negotiation_id", "number").prefetch_related("lines"):
        lines, stick = list(row.lines.all()), frozen(row.negotiation.currency, row.rates)
        found.append(
            {
                "negotiation": row.negotiation.no, "state": row.negotiation.state, "round": row.number, "by": row.by_id, "at": row.made_at,
                "asked": stick.worth(Money(x.amount_minor, x.currency) for x in lines if x.giver_id == row.by_id).minor,
                "offered": stick.worth(Money(x.amount_minor, x.currency) for x in lines if x.giver_id != row.by_id).minor,
                "fair": stick.worth(Money(x.quantity * x.fair_unit_minor, x.currency) for x in lines).minor, "credit": row.credit_minor,
                "cash": row.cash_minor, "cash_currency": row.currency, "payer": row.payer_id, "currency": stick.currency,
                "target": row.negotiation.rfq.target_minor if row.negotiation.rfq else None,
            }
        )  # fmt: skip
    return found
