"""What the audit asks of the catalogue: stock equals its movements, promises equal held reservations, nothing unreviewed is on sale."""

from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from kernel.registries import audit_check

from .models import BuyerReservation, Listing, Stock, StockMovement, StockReservation

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
    for row in Listing.objects.filter(state="live").filter(Q(search=None) | Q(stock=None)).order_by("pk")[:100]:
        yield {"listing": row.pk, "finding": "on sale without search words or stock row"}
