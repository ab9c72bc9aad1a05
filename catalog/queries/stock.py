from collections import Counter

from django.db.models import Count, Value

from accounts.actors import require
from kernel.clock import now
from kernel.refusals import NotFound

from ..models import BuyerReservation, Inquiry, Listing, Stock, StockMovement
from ..permissions import MANAGE_STOCK
from .pages import Page, keyset

COUNTED_MOST = 100


def own_stock(actor, *, low: bool = False, q: str = "", after: str = "", before: str = "") -> Page:
    """A page of the actor's goods with what is on hand, promised and free; of those that run low only, or of one number."""
    require(actor, MANAGE_STOCK)
    rows = Listing.objects.own(actor).select_related("stock", "category").defer("search", "wants_search")
    if low:
        rows = rows.exclude(stock__low_since=None).exclude(stock=None)
    if q:
        rows = rows.filter(no=q.upper()) | rows.filter(sku=q)
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def low_count(actor) -> int:
    """How many of the actor's goods run low, counted to a hundred."""
    goods = Listing.objects.own(actor).values("pk")
    return len(Stock.objects.exclude(low_since=None).filter(listing__in=goods).values_list("pk")[:COUNTED_MOST])


def goods_at_work(actor, *, listings: bool, shelves: bool, inquiries: bool = False) -> dict[str, int]:
    """What waits at the actor's own goods, in one read: listings by state; "low" goods, reservations "asked" and inquiries "unanswered",
    to a hundred each."""
    own, waiting = Listing.objects.own(actor), []
    if shelves:
        waiting.append(Stock.objects.exclude(low_since=None).filter(listing__in=own.values("pk")).annotate(what=Value("low")))
        waiting.append(BuyerReservation.objects.sold_by(actor).filter(state="asked", until__gt=now()).annotate(what=Value("asked")))
    if inquiries:
        received = Inquiry.objects.own(actor).filter(owner_id=actor.enterprise_id, answered_at=None)
        waiting.append(received.annotate(what=Value("unanswered")))
    parts = [rows.annotate(n=Value(1)).order_by().values_list("what", "n")[:COUNTED_MOST] for rows in waiting]
    if listings:
        parts.append(own.order_by().values_list("state").annotate(n=Count("pk")))
    found: Counter = Counter()
    for what, n in parts[0].union(*parts[1:], all=True) if parts else ():
        found[what] += n
    return found


def movements_of(actor, no: str, *, after: str = "", before: str = "") -> tuple[Listing, Page]:
    """One own listing and a page of its stock movements, newest first; raises NotFound."""
    require(actor, MANAGE_STOCK)
    listing = Listing.objects.own(actor).select_related("stock", "category").filter(no=no).first()
    if listing is None:
        raise NotFound()
    rows = StockMovement.objects.filter(listing=listing).select_related("paper")
    return listing, keyset(rows, ["-id"], after=after, before=before, size=50)


def goods_words(listing_id: int) -> tuple[str, str]:
    """The title of a listing and the code of its unit, for a notice."""
    listing = Listing.objects.only("title_zh", "title_en", "unit").get(pk=listing_id)
    return listing.title_zh or listing.title_en, listing.unit
