"""Listings for their sellers, their reviewers and everybody else; what is not reviewed exists only for the first two (H53)."""

from django.db.models import Count, F

from accounts.actors import require
from kernel.models import Document
from kernel.refusals import NotFound

from ..models import Listing
from ..permissions import MANAGE_PRODUCTS
from .pages import Page, keyset
from .reviews import review_queue


def live_listing(no: str) -> Listing:
    """A listing that is on sale, for everybody; raises NotFound."""
    listing = Listing.objects.live().select_related("seller", "category", "stock").filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing


def seen_listing(actor, no: str) -> Listing:
    """A listing as its page shows it: on sale, own, under review for staff, or withdrawn after having been public; raises NotFound."""
    rows = Listing.objects.select_related("seller", "category", "stock", "photo")
    listing = rows.visible_to(actor).filter(no=no).first() or rows.filter(no=no, state="withdrawn").exclude(published_at=None).first()
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
    listing = Listing.objects.own(actor).select_related("category", "stock", "photo").filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing


def listing_for_review(actor, pk) -> Listing:
    """A listing as its reviewer reads it, with the time its review is due; raises Denied for those who do not review, NotFound."""
    number = int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19 else 0
    listing = review_queue(actor).select_related("seller", "category", "stock", "photo").filter(pk=number).first()
    if listing is None:
        raise NotFound()
    return listing


def public_photo(actor, no: str) -> tuple[Document, bool]:
    """A listing's photo and whether everybody may see it; raises NotFound unless on sale, own, or the actor reviews."""
    listing = Listing.objects.visible_to(actor).select_related("photo", "seller").filter(no=no).exclude(photo=None).first()
    if listing is None:
        raise NotFound()
    return listing.photo, listing.state == "live" and listing.seller.state == "verified"


def similar_listings(listing: Listing, limit: int = 3):
    """What else is on sale in the same category, nearest in price first among the newest."""
    rows = Listing.objects.live().filter(category_id=listing.category_id).exclude(pk=listing.pk)
    newest = list(rows.select_related("seller", "category", "stock").order_by("-published_at", "-id")[:40])
    return sorted(newest, key=lambda row: (row.currency != listing.currency, abs(row.price_minor - listing.price_minor)))[:limit]
