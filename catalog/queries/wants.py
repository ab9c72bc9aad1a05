from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require, require_staff
from kernel.refusals import Denied, NotFound

from .. import fits
from ..models import Listing, Want
from ..permissions import CLOSE_WANT, HIDE_WANT, POST_WANT
from .own_goods import OwnGoods, OwnRow
from .pages import Page, keyset


def may_post(actor: Actor) -> bool:
    """Whether the actor may post requests: for an enterprise with its box, or as a person who acts for none; staff do not."""
    return actor.can(POST_WANT) if actor.enterprise_id else actor.kind == "person" and actor.user_id is not None


def require_poster(actor: Actor) -> None:
    """Pass, or raise Denied that says who may post requests (decision 1)."""
    if actor.enterprise_id:
        require(actor, POST_WANT)
    elif not may_post(actor):
        raise Denied("members_only", _("Requests are posted by members. Staff cannot post any."))


def require_closer(actor: Actor) -> None:
    """The same for taking one's own request back, which no trading hold stops (H20)."""
    if actor.enterprise_id:
        require(actor, CLOSE_WANT)
    else:
        require_poster(actor)


def open_wants(
    *, category: str = "", place: str = "", gives: str = "", currency: str = "", due: date | None = None, after: str = "", before: str = ""
) -> Page:
    """A page of open requests for everybody, newest first; `gives` is credit, cash or a category code, `due` the day they are needed by."""
    rows = Want.objects.open().select_related("enterprise", "category")
    if category:
        rows = rows.filter(category__code=category)
    if place:
        rows = rows.filter(places__contains=[place])
    if gives in ("credit", "cash"):
        rows = rows.filter(gives_credit=True) if gives == "credit" else rows.filter(gives_cash=True)
    elif gives:
        rows = rows.filter(give_categories__contains=[gives])
    if currency:
        rows = rows.filter(currency=currency)
    if due:
        rows = rows.filter(needed_by__lte=due)
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def own_wants(actor: Actor):
    """The actor's own requests that are open or have run out (the newest fifty)."""
    return Want.objects.own(actor).filter(state__in=("open", "expired")).select_related("category").order_by("-id")[:50]


def seen_want(actor: Actor, no: str) -> Want:
    """A request as its page shows it: open for everybody, in every state for its owner; raises NotFound."""
    rows = Want.objects.select_related("enterprise", "category")
    own = rows.own(actor).filter(no=no).first() if actor.user_id else None
    want = own or rows.open().filter(no=no).first()
    if want is None:
        raise NotFound()
    return want


def goods_given(want: Want) -> list[Listing]:
    """The owner's goods on sale that can be given for what is looked for."""
    rows = Listing.objects.live().filter(pk__in=want.give_listings.values("pk"))
    return list(rows.select_related("seller", "category", "stock").defer("search", "wants_search").order_by("-published_at", "-id")[:20])


@dataclass(frozen=True)
class Fit:
    """An own offer that fits a request, and how much of the quantity its free stock covers (None when the units differ)."""

    listing: OwnRow
    percent: int | None


def fitting_goods(own: OwnGoods, want: Want) -> list[Fit]:
    """Which of the visitor's goods fit a request, those that cover most first; no query beyond the goods themselves."""
    asked, need = fits.asked_by_want(want.title)
    found = []
    for row in own.listings:
        if want.category.code not in row.path:
            continue
        words = set(fits.answered_by([row.title_zh, row.title_en], seller_id=0))
        if sum(token in words for token in asked) >= need:
            percent = min(100, int(row.free * 100 / want.quantity)) if row.unit == want.unit else None
            found.append(Fit(row, percent))
    return sorted(found, key=lambda fit: -(fit.percent or 0))[:5]


def covered_percent(fitting: list[Fit]) -> int | None:
    """How much of a request all fitting goods together cover; None when none is counted in its unit."""
    known = [fit.percent for fit in fitting if fit.percent is not None]
    return min(100, sum(known)) if known else None


def want_for_staff(actor: Actor, pk: int) -> Want:
    """One request for the back office; raises Denied, NotFound."""
    if not actor.can_staff("catalog.view_want"):
        require_staff(actor, HIDE_WANT)
    found = Want.objects.select_related("enterprise", "category").filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def owner_of_want(want_id: int) -> int | None:
    """The person whose request it is; None when it is an enterprise's."""
    return Want.objects.filter(pk=want_id).values_list("person_id", flat=True).first()
