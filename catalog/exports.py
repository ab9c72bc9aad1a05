"""What an export says of goods: listings, stock and every movement of it, promises to orders, requests."""

from decimal import Decimal

from kernel.money import Money
from kernel.registries import export_part

from .models import Listing, MediaFile, Revision, Stock, StockMovement, StockReservation, Want

TERMS = (
    "title_zh", "title_en", "description_zh", "description_en", "spec", "unit", "moq", "ready_to_ship", "lead_days", "place", "hs_code",
    "attributes", "units", "tiers", "lead_tiers", "price_until", "tolerance", "vat_percent", "packaging_zh", "packaging_en", "origin",
    "maker", "incoterm", "incoterm_place", "fair_value", "wants", "want_categories", "state", "rejection_reason", "takedown_reason",
    "version", "created_at", "submitted_at", "published_at", "expires_at",
)  # fmt: skip


@export_part("listings")
def listings(enterprise_id: int):
    rows = Listing.objects.filter(seller_id=enterprise_id).select_related("category").defer("search", "wants_search")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield {
            "no": row.no, "category": row.category.code, "price": Money(row.price_minor, row.currency),
            **{name: getattr(row, name) for name in TERMS}, "files": [item["name"] for item in row.media],
        }  # fmt: skip


@export_part("listing_versions")
def versions(enterprise_id: int):
    rows = Revision.objects.filter(listing__seller_id=enterprise_id).select_related("listing", "category").order_by("listing_id", "version")
    for row in rows.iterator(chunk_size=500):
        yield {
            "listing": row.listing.no, "version": row.version, "category": row.category.code, "state": row.state, "terms": row.terms,
            "reasons": row.reasons, "created_at": row.created_at, "decided_at": row.decided_at,
        }  # fmt: skip


@export_part("listing_files")
def files(enterprise_id: int):
    rows = MediaFile.objects.filter(media__enterprise_id=enterprise_id, role__in=("large", "part", "whole")).select_related(
        "media", "document"
    )
    for row in rows.order_by("media_id", "number").iterator(chunk_size=200):
        yield {"name": row.media.file_name, "kind": row.media.kind, "piece": row.number, "file": row.document}


@export_part("stock")
def stock(enterprise_id: int):
    for row in Stock.objects.filter(listing__seller_id=enterprise_id).select_related("listing").order_by("pk"):
        yield {"listing": row.listing.no, "on_hand": row.on_hand, "promised": row.reserved, "free": Decimal(row.on_hand) - row.reserved}


@export_part("stock_movements")
def movements(enterprise_id: int):
    rows = StockMovement.objects.filter(listing__seller_id=enterprise_id).select_related("listing").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "listing": row.listing.no, "kind": row.kind, "quantity": row.quantity, "balance": row.balance, "reason": row.reason,
            "document_no": row.document_no, "at": row.at, "person": row.by_id if row.ref == "" else None,
        }  # fmt: skip


@export_part("stock_promises")
def promises(enterprise_id: int):
    rows = StockReservation.objects.filter(listing__seller_id=enterprise_id).select_related("listing").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "listing": row.listing.no, "quantity": row.quantity, "order": row.document_no, "state": row.state, "promised": row.created_at,
        }  # fmt: skip


@export_part("requests")
def wants(enterprise_id: int):
    for row in Want.objects.filter(enterprise_id=enterprise_id).select_related("category").order_by("pk"):
        yield {
            "no": row.no, "category": row.category.code, "title": row.title, "quantity": row.quantity, "unit": row.unit,
            "can_give": row.can_give, "state": row.state, "posted": row.created_at, "closed": row.closed_at,
        }  # fmt: skip
