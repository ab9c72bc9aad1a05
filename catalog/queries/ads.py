"""Which advertisements a page shows, and a seller's own."""

from datetime import datetime

from django.db.models import Sum
from django.utils.timezone import localdate

from accounts.actors import require, require_staff
from accounts.queries import is_vip, vip_privileges
from kernel.clock import now
from kernel.refusals import NotFound

from ..models import Ad
from ..permissions import BOOK_AD, REVIEW_AD

ON_A_PAGE = 2  # never more, whatever is booked
TURN_SECONDS = 20
CANDIDATES = 200
UNSHOWN = (
    "listing__search",
    "listing__titles",
    "listing__wants_search",
    "listing__description_zh",
    "listing__description_en",
    "listing__seller__legal_representative",
)


def running_ads(place: str, category_id: int | None = None, *, limit: int = ON_A_PAGE, at: datetime | None = None) -> list[Ad]:
    """The advertisements for one page: of VIP sellers that may trade, for goods on sale; everybody's turn comes equally often.

    The turn moves by the clock: in as many turns as there are advertisements each is shown `limit` times, whoever looks. One query.
    """
    moment = at or now()
    today = localdate(moment)
    rows = Ad.objects.filter(
        state="approved", place=place, category=category_id, starts_on__lte=today, ends_on__gte=today, listing__state="live",
        enterprise__state="verified", enterprise__in=vip_privileges().values("enterprise_id"),
    )  # fmt: skip
    rows = rows.select_related("listing__seller", "listing__category", "listing__stock").defer(*UNSHOWN)
    found = list(rows.order_by("pk")[:CANDIDATES])
    return turn(found, limit, int(moment.timestamp()) // TURN_SECONDS)


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
