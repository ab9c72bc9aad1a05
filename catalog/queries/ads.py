"""Which advertisements a page shows, and a seller's own."""

from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import Sum
from django.utils.timezone import localdate

from accounts.actors import require, require_staff
from accounts.models.privileges import VIP
from accounts.queries import is_vip
from kernel.clock import now
from kernel.refusals import NotFound

from ..models import Ad
from ..permissions import BOOK_AD, REVIEW_AD

ON_A_PAGE = 2  # never more, whatever is booked
TURN_SECONDS = 20
CANDIDATES = 200
SHOWN = (
    "no", "words_zh", "words_en", "listing__title_zh", "listing__title_en", "listing__art", "listing__media", "listing__price_minor",
    "listing__currency", "listing__unit", "listing__moq", "listing__category__path", "listing__seller__name", "listing__seller__name_en",
    "listing__seller__country", "listing__seller__province", "listing__stock__on_hand", "listing__stock__reserved",
)  # fmt: skip
# Every public page asks this; written by hand, and without joins, since making it of models and planning it cost more than answering it.
# The last column changes with every row that an advertisement shows something of: it holds the database's own marks of versions.
RUNNING = """
    SELECT id, concat_ws(' ', ad, goods, seller, shelf) FROM (
        SELECT a.id, concat(a.xmin, a.ctid) AS ad,
            (SELECT concat(l.xmin, l.ctid) FROM catalog_listing l WHERE l.id = a.listing_id AND l.state = 'live') AS goods,
            (SELECT concat(e.xmin, e.ctid) FROM accounts_enterprise e WHERE e.id = a.enterprise_id AND e.state = 'verified') AS seller,
            (SELECT concat(k.xmin, k.ctid) FROM catalog_stock k WHERE k.listing_id = a.listing_id) AS shelf,
            (SELECT true FROM accounts_privilege p WHERE p.enterprise_id = a.enterprise_id AND p.kind = %(vip)s AND p.ended_at IS NULL
                AND p.since <= %(moment)s AND (p.until IS NULL OR p.until > %(moment)s) LIMIT 1) AS vip
        FROM catalog_ad a
        WHERE a.state = 'approved' AND a.place = %(place)s AND a.category_id IS NOT DISTINCT FROM %(category)s
        AND a.starts_on <= %(today)s AND a.ends_on >= %(today)s OFFSET 0) AS booked
    WHERE goods IS NOT NULL AND seller IS NOT NULL AND vip ORDER BY id LIMIT %(candidates)s"""


def running_ads(place: str, category_id: int | None = None, *, limit: int = ON_A_PAGE, at: datetime | None = None) -> list[Ad]:
    """The advertisements for one page: of VIP sellers that may trade, for goods on sale; everybody's turn comes equally often.

    The turn moves by the clock: in as many turns as there are advertisements each is shown `limit` times, whoever looks. One query for
    which they are; what they show is kept until a row of theirs changes.
    """
    moment = at or now()
    asked = {"place": place, "category": category_id, "today": localdate(moment), "moment": now(), "vip": VIP, "candidates": CANDIDATES}
    with connection.cursor() as cursor:
        cursor.execute(RUNNING, asked)
        found = cursor.fetchall()
    return [_as_shown(pk, version) for pk, version in turn(found, limit, int(moment.timestamp()) // TURN_SECONDS)]


@lru_cache(maxsize=500)
def _as_shown(pk: int, _version: str) -> Ad:
    """An advertisement with what pages show of it, read once for each version of its rows."""
    return Ad.objects.select_related("listing__seller", "listing__category", "listing__stock").only(*SHOWN).get(pk=pk)


def turn(found: list, limit: int, step: int) -> list:
    """Some of a list, the window moving on by one place with each step."""
    if len(found) <= limit:
        return found
    start = step % len(found)
    return [found[(start + n) % len(found)] for n in range(limit)]


def followed_ad(no: str) -> Ad:
    """An advertisement whose link was followed, while its goods are on sale; raises NotFound."""
    found = (
        Ad.objects.filter(no=no, state="approved", listing__state="live", enterprise__state="verified").select_related("listing").first()
    )
    if found is None:
        raise NotFound()
    return found


def own_ads(actor) -> list[Ad]:
    """The actor's newest fifty advertisements with their figures; raises Denied."""
    require(actor, BOOK_AD)
    return list(_with_figures(Ad.objects.filter(enterprise_id=actor.enterprise_id))[:50])


def vip_actor(actor) -> bool:
    """Whether the actor's company is VIP now."""
    return is_vip(actor.enterprise_id)


def ads_for_staff(actor):
    """Every advertisement with its figures, for the back office; raises Denied."""
    require_staff(actor, REVIEW_AD)
    return _with_figures(Ad.objects.all())


def ad_for_staff(actor, pk: int) -> Ad:
    """One advertisement for its review; raises Denied, NotFound."""
    found = ads_for_staff(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _with_figures(rows):
    summed = rows.annotate(shown=Sum("days__shown", default=0), opened=Sum("days__opened", default=0))
    return summed.select_related("listing__seller", "category", "enterprise").order_by("-pk")
