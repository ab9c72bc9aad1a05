"""Listings for their sellers, their reviewers and everybody else; what is not reviewed exists only for the first two (H53)."""

from django.db.models import Count, F

from accounts.actors import require
from kernel.refusals import NotFound

from ..models import Listing
from ..permissions import MANAGE_PRODUCTS
from .pages import Page, keyset
from .ranking import shown
from .reviews import review_queue
from .tree import fresh

ENDED = ("withdrawn", "expired")  # its page stays, says so, and shows what is similar
UNSEEN = ("search", "titles", "wants_search", "seller__legal_representative", "seller__bank_account")  # long, or sealed


def live_listing(no: str) -> Listing:
    """A listing that is on sale, for everybody; raises NotFound."""
    listing = Listing.objects.live().select_related("seller", "category", "stock").filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing


def seen_listing(actor, no: str) -> Listing:
    """A listing as its page shows it: on sale, own, any for reviewers, or ended after having been public; raises NotFound.

    What has been public shows its approved version to everybody else: its columns hold nothing that was not read.
    """
    rows = Listing.objects.select_related("seller", "category", "stock").defer(*UNSEEN)
    listing = rows.visible_to(actor).filter(no=no).first()
    if listing is None:
        listing = rows.filter(no=no, state__in=ENDED, seller__state="verified").exclude(published_at=None).first()
    if listing is None:
        raise NotFound()
    return listing


def tradable_listings(enterprise_id: int):
    """An enterprise's goods that can be offered now: on sale, with free stock; newest first."""
    rows = Listing.objects.live().filter(seller_id=enterprise_id, stock__on_hand__gt=F("stock__reserved"))
    return rows.select_related("seller", "category", "stock").order_by("-published_at", "-id")


def own_tradable_listings(actor):
    """What the actor's enterprise can offer now, as far as the actor sees it."""
    return tradable_listings(actor.enterprise_id).filter(pk__in=Listing.objects.own(actor).values("pk"))


def own_listings(actor, *, state: str = "", after: str = "", before: str = "") -> Page:
    """A page of the actor's own listings, newest first."""
    require(actor, MANAGE_PRODUCTS)
    rows = Listing.objects.own(actor).select_related("category", "stock").defer("search", "wants_search")
    return keyset(rows.filter(state=state) if state else rows, ["-id"], after=after, before=before, size=30)


def listing_counts(actor) -> dict[str, int]:
    """How many of the actor's own listings are in which state (one firm's: few thousand at most)."""
    rows = Listing.objects.own(actor).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)


def listing_for_seller(actor, no: str) -> Listing:
    """An own listing to be changed; raises NotFound for missing and foreign ones alike."""
    require(actor, MANAGE_PRODUCTS)
    listing = Listing.objects.own(actor).select_related("category", "stock").filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing


def listing_for_review(actor, pk) -> Listing:
    """A listing as its reviewer reads it, with the time its review is due; raises Denied for those who do not review, NotFound."""
    number = int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19 else 0
    listing = review_queue(actor).select_related("seller", "category", "stock").filter(pk=number).first()
    if listing is None:
        raise NotFound()
    return listing


def listing_that_ends(listing_id: int) -> Listing | None:
    """A listing on sale whose time runs out; None when it is off sale already."""
    return Listing.objects.filter(pk=listing_id, state="live").first()


def similar_listings(listing: Listing, limit: int = 3):
    """What else is on sale in the same category, nearest in price first among the newest.

    Which are the newest is known from CATALOG_CACHE_SECONDS ago; whether they are on sale, and all that is shown, is read now.
    """
    newest = fresh(f"newest:{listing.category_id}", lambda: _newest_in(listing.category_id))
    others = (row for row in newest if row[0] != listing.pk)
    nearest = sorted(others, key=lambda row: (row[1] != listing.currency, abs(row[2] - listing.price_minor)))
    order = [pk for pk, _currency, _price in nearest[:limit]]
    return sorted(shown(Listing.objects.live().filter(pk__in=order)), key=lambda row: order.index(row.pk)) if order else []


def _newest_in(category_id: int) -> list[tuple[int, str, int]]:
    rows = Listing.objects.live().filter(category_id=category_id).order_by("-published_at", "-id")
    return list(rows.values_list("pk", "currency", "price_minor")[:40])
