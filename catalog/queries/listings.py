"""Listings for their sellers, their reviewers and everybody else; what is not reviewed exists only for the first two (H53)."""

from django.db.models import Count, F

from accounts.actors import require
from accounts.models import Enterprise
from kernel.refusals import NotFound

from ..models import Listing
from ..permissions import MANAGE_PRODUCTS
from .pages import Page, keyset
from .reviews import review_queue

ENDED = ("withdrawn", "expired")  # its page stays, says so, and shows what is similar


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
    rows = Listing.objects.select_related("seller", "category", "stock")
    ended = rows.filter(no=no, state__in=ENDED, seller__state="verified").exclude(published_at=None)
    listing = rows.visible_to(actor).filter(no=no).first() or ended.first()
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
    """What else is on sale in the same category, nearest in price first among the newest."""
    rows = Listing.objects.live().filter(category_id=listing.category_id).exclude(pk=listing.pk)
    newest = list(rows.select_related("seller", "category", "stock").order_by("-published_at", "-id")[:40])
    return sorted(newest, key=lambda row: (row.currency != listing.currency, abs(row.price_minor - listing.price_minor)))[:limit]


def seller_page(handle: str) -> Enterprise:
    """A verified enterprise as the public sees it; raises NotFound."""
    seller = Enterprise.objects.verified().filter(handle=handle).first()
    if seller is None:
        raise NotFound()
    return seller
