"""What the audit asks of the catalogue: stock equals its movements, promises equal held reservations, nothing unreviewed is on sale."""

from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from kernel.registries import audit_check

from .models import Listing, ListingMedia, Revision, Stock, StockMovement, StockReservation

QUANTITY = DecimalField(max_digits=14, decimal_places=3)


def _sum(rows):
    return Coalesce(Subquery(rows.order_by().values("listing").annotate(n=Sum("quantity")).values("n")), Value(0), output_field=QUANTITY)


@audit_check("catalog.stock")
def stock():
    """What is on hand is the sum of the movements, what is reserved the sum of the held reservations."""
    moved = _sum(StockMovement.objects.filter(listing=OuterRef("listing_id")))
    held = _sum(StockReservation.objects.filter(listing=OuterRef("listing_id"), state="held"))
    rows = Stock.objects.annotate(moved=moved, held=held).filter(~Q(on_hand=F("moved")) | ~Q(reserved=F("held")))
    for row in rows.order_by("pk")[:100]:
        yield {"listing": row.pk, "finding": f"on hand {row.on_hand}, moved {row.moved}; reserved {row.reserved}, held {row.held}"}


@audit_check("catalog.search")
def search():
    """Every listing on sale can be found by its words and has a stock row."""
    for row in Listing.objects.filter(state="live").filter(Q(search=None) | Q(stock=None)).order_by("pk")[:100]:
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
