"""What an export says of goods: listings, stock and every movement of it, promises to orders, requests."""

from decimal import Decimal

from kernel.money import Money
from kernel.registries import export_part

from .models import (
    Ad,
    BuyerReservation,
    Inquiry,
    Listing,
    ListingDay,
    MediaFile,
    Report,
    Revision,
    SavedSearch,
    Stock,
    StockCountLine,
    StockMovement,
    StockReservation,
    Want,
)

TERMS = (
    "sku", "title_zh", "title_en", "description_zh", "description_en", "spec", "unit", "moq", "ready_to_ship", "lead_days", "place",
    "hs_code",
    "attributes", "units", "tiers", "lead_tiers", "price_until", "tolerance", "vat_percent", "packaging_zh", "packaging_en", "origin",
    "maker", "incoterm", "incoterm_place", "fair_value", "wants", "want_categories", "state", "rejection_reason", "takedown_reason",
    "version", "created_at", "submitted_at", "published_at", "expires_at",
)  # fmt: skip


NEEDS = (
    "description_zh", "description_en", "attributes", "value_min", "value_max", "places", "needed_by", "give_categories", "gives_credit",
    "gives_cash", "hidden_reason",
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
    rows = StockMovement.objects.filter(listing__seller_id=enterprise_id).select_related("listing", "paper").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "listing": row.listing.no, "kind": row.kind, "quantity": row.quantity, "balance": row.balance, "reason": row.reason,
            "document_no": row.document_no, "paper": row.paper or "", "at": row.at,
            "person": None if row.ref.startswith("orders.") else row.by_id,
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
            "can_give": row.can_give, "state": row.state, "posted": row.created_at, "closed": row.closed_at, "shown_until": row.expires_at,
            **{name: getattr(row, name) for name in NEEDS},
        }  # fmt: skip


@export_part("saved_searches")
def searches(enterprise_id: int):
    for row in SavedSearch.objects.filter(enterprise_id=enterprise_id).exclude(kind="want").select_related("firm").order_by("pk"):
        yield {
            "name": row.name, "kind": row.kind, "firm": row.firm.name if row.firm else "", "search": row.query, "person": row.user_id,
            "weekly": row.weekly, "by_mail": row.by_mail, "saved": row.created_at, "removed": row.ended_at,
        }  # fmt: skip


@export_part("inquiries")
def inquiries(enterprise_id: int):
    """With whom and about what; what was said is among the messages."""
    for row in Inquiry.objects.of_party(enterprise_id).select_related("asker", "owner", "listing", "want").order_by("pk"):
        yield {
            "no": row.no, "asked_by": row.asker.name, "asked": row.owner.name, "listing": row.listing.no if row.listing else "",
            "request": row.want.no if row.want else "", "since": row.created_at,
        }  # fmt: skip


@export_part("exposure")
def exposure(enterprise_id: int):
    rows = ListingDay.objects.filter(listing__seller_id=enterprise_id).select_related("listing").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {
            "listing": row.listing.no, "day": row.day, "guaranteed": row.guaranteed, "shown": row.shown, "opened": row.opened,
            "inquiries": row.asked,
        }  # fmt: skip


@export_part("advertisements")
def ads(enterprise_id: int):
    for row in Ad.objects.filter(enterprise_id=enterprise_id).select_related("listing", "category").order_by("pk"):
        yield {
            "no": row.no, "listing": row.listing.no, "place": row.place, "category": row.category.code if row.category else "",
            "from": row.starts_on, "until": row.ends_on, "words_zh": row.words_zh, "words_en": row.words_en, "state": row.state,
        }  # fmt: skip


@export_part("reservations_given")
def reservations_given(enterprise_id: int):
    rows = BuyerReservation.objects.filter(listing__seller_id=enterprise_id).select_related("listing", "buyer").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {**_reservation(row), "buyer": row.buyer.name}


@export_part("reservations_had")
def reservations_had(enterprise_id: int):
    rows = BuyerReservation.objects.filter(buyer_id=enterprise_id).select_related("listing", "listing__seller").order_by("pk")
    for row in rows.iterator(chunk_size=2000):
        yield {**_reservation(row), "seller": row.listing.seller.name}


def _reservation(row: BuyerReservation) -> dict:
    return {
        "no": row.no, "listing": row.listing.no, "quantity": row.quantity, "ordered": row.used, "until": row.until, "note": row.note,
        "state": row.state, "asked": row.created_at, "ended": row.ended_at, "reason": row.end_reason,
    }  # fmt: skip


@export_part("reports")
def reports(enterprise_id: int):
    for row in (
        Report.objects.filter(enterprise_id=enterprise_id).select_related("want", "listing").order_by("pk").iterator(chunk_size=2000)
    ):
        yield {
            "no": row.no, "about": row.about.no, "kind": row.kind, "text": row.text, "state": row.state, "answer": row.answer,
            "created_at": row.created_at, "decided_at": row.decided_at,
        }  # fmt: skip


@export_part("stock_counts")
def stock_counts(enterprise_id: int):
    lines = StockCountLine.objects.filter(count__seller_id=enterprise_id).select_related("count", "listing").order_by("count_id", "pk")
    for line in lines.iterator(chunk_size=2000):
        yield {
            "count": line.count.no, "state": line.count.state, "begun": line.count.created_at, "listing": line.listing.no,
            "expected": line.expected, "counted": line.counted, "counted_at": line.counted_at, "difference": line.difference,
            "reason": line.reason, "booked": line.booked_at,
        }  # fmt: skip
