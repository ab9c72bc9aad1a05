"""What the audit asks of the catalogue: stock equals its movements, promises equal held reservations, nothing unreviewed is on sale."""

from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from kernel.registries import audit_check

from . import ranking_rules, services
from .models import BuyerReservation, Listing, ListingMedia, Revision, SellerStanding, Stock, StockMovement, StockReservation

QUANTITY = DecimalField(max_digits=14, decimal_places=3)


def _sum(rows, what=F("quantity")):  # noqa: B008
    return Coalesce(Subquery(rows.order_by().values("listing").annotate(n=Sum(what)).values("n")), Value(0), output_field=QUANTITY)


@audit_check("catalog.stock")
def stock():
    """What is on hand is the sum of the movements; what is reserved the sum of what is held for orders and kept for buyers."""
    moved = _sum(StockMovement.objects.filter(listing=OuterRef("listing_id")))
    held = _sum(StockReservation.objects.filter(listing=OuterRef("listing_id"), state="held"))
    kept = _sum(BuyerReservation.objects.filter(listing=OuterRef("listing_id"), state="held"), F("quantity") - F("used"))
    rows = Stock.objects.annotate(moved=moved, held=held + kept).filter(~Q(on_hand=F("moved")) | ~Q(reserved=F("held")))
    for row in rows.order_by("pk")[:100]:
        yield {"listing": row.pk, "finding": f"on hand {row.on_hand}, moved {row.moved}; reserved {row.reserved}, held {row.held}"}


@audit_check("catalog.search")
def search():
    """Every listing on sale can be found by its words and has a stock row."""
    for row in Listing.objects.filter(state="live").filter(Q(search=None) | Q(titles=None) | Q(stock=None)).order_by("pk")[:100]:
        yield {"listing": row.pk, "finding": "on sale without search words or stock row"}


@audit_check("catalog.review")
def reviewed():
    """What waits says so, and everything that is shown was approved in the version that it has."""
    waits = Exists(Revision.objects.filter(listing=OuterRef("pk"), state="in_review"))
    wrong = Listing.objects.annotate(waits=waits).exclude(Q(waiting=True) & (Q(state="in_review") | Q(waits=True)))
    for row in wrong.exclude(Q(waiting=False, waits=False) & ~Q(state="in_review")).order_by("pk")[:100]:
        yield {"listing": row.pk, "finding": f"{row.state}, waiting {row.waiting}, revision in review {row.waits}"}
    shown = ListingMedia.objects.filter(on_show=True).select_related("listing", "media").order_by("pk")
    for use in shown.iterator(chunk_size=2000):
        if use.media.key not in {item["key"] for item in use.listing.media}:
            yield {"listing": use.listing_id, "finding": f"shows {use.media.key}, which its approved version does not have"}


@audit_check("catalog.standing")
def standing():
    """Every listing on sale carries its seller's standing: the badge's line, the record, the points that order the market."""
    weights = ranking_rules.weights()
    for seller in SellerStanding.objects.order_by("pk").iterator():
        for ready in (True, False):
            told = services.rank_of(seller, ready, weights)
            rows = Listing.objects.filter(seller_id=seller.pk, state="live", ready_to_ship=ready).exclude(**told)
            for pk in rows.order_by("pk").values_list("pk", flat=True)[:10]:
                yield {"listing": pk, "finding": f"carries another standing than its seller {seller.pk} has"}
