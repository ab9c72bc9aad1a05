"""Pure rules: what a listing must say and by when it is read, which claims it must not make. Words of a search: search_rules.py."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy

from .claims import banned_claims, claims_of, claims_told, contacts
from .completeness import Completeness, completeness, gaps, text_gaps, texts_of
from .terms import (
    COLUMNS,
    FAIR_METHODS,
    INCOTERMS,
    MAX_LEAD_TIERS,
    MAX_TIERS,
    MAX_UNITS,
    QUICK,
    SEA_ONLY,
    Terms,
    differences,
    faults,
    inputs,
    is_port,
    lead_days,
    price_stands,
    restored,
    unit_factor,
    unit_price,
    value_warning,
)

__all__ = [
    "COLUMNS", "EXPIRY", "FAIR_METHODS", "INCOTERMS", "MAX_LEAD_TIERS", "MAX_TIERS", "MAX_UNITS", "QUICK", "REMINDER", "REPORT", "REVIEW",
    "SEA_ONLY",
    "Completeness", "Terms", "banned_claims", "claims_of", "claims_told", "completeness", "contacts", "differences", "faults",
    "fit_percent",
    "gaps", "inputs", "is_port", "lead_days", "price_stands", "restored", "text_gaps", "texts_of", "unit_factor", "unit_price",
    "value_warning",
]  # fmt: skip

REVIEW = policy(
    "catalog.review",
    label=_("Listing review"),
    consequence=_("The listing moves to the top of the queue and the reviewers are alerted."),
    working_days=1,
)
EXPIRY = policy("catalog.expiry", label=_("Listing on sale"), consequence=_("The offer ends until its seller renews it."), hours=180 * 24)
REMINDER = policy(
    "catalog.expiry_reminder",
    label=_("Reminder that a listing ends"),
    consequence=_("Its seller is told that the offer ends in a week."),
    hours=173 * 24,
)
LOW_STOCK = policy(
    "catalog.low_stock",
    label=_("Low stock"),
    consequence=_("The seller is told that the goods are running out, once until they are restocked."),
)
REPORT = policy(
    "catalog.report",
    label=_("Answer to a report"),
    consequence=_("Customer service is alerted, and the report is marked as late at its desk."),
    working_days=2,
)
RESERVED = policy(
    "catalog.reserved",
    label=_("Goods kept for a buyer"),
    consequence=_("What has not been ordered by then is free for everybody again."),
)
RESERVED_DAYS_MOST, RESERVATIONS_ASKED_MOST = 90, 5
SHELF = Decimal(10) ** 11  # fourteen digits, three of them after the point


# ---------- fit ----------


def fit_percent(stock_minor: int, price_minor: int, moq: Decimal) -> int:
    """How much of the smallest order of an offer the viewer's own stock is worth, in percent, at most 100."""
    whole = Decimal(price_minor) * moq
    return min(100, int(Decimal(stock_minor) * 100 / whole)) if whole > 0 and stock_minor > 0 else 0


# ---------- stock ----------


def movement_refusal(kind: str, quantity: Decimal, *, on_hand: Decimal, reserved: Decimal) -> tuple[str, object] | None:
    """Why goods cannot be booked "in", "out" or "adjust" (signed) on a shelf: code and sentence; None when they can (H32)."""
    signed = -quantity if kind == "out" else quantity
    if kind not in ("in", "out", "adjust") or not signed or (kind != "adjust" and quantity <= 0):
        return "stock_quantity", _("Give a quantity above zero.")
    if on_hand + signed < reserved:
        free = f"{(on_hand - reserved).normalize():f}"
        return "stock_reserved", _("Only %(free)s of it is free; the rest is promised to orders or reserved for buyers.") % {"free": free}
    if abs(signed) >= SHELF or on_hand + signed >= SHELF:
        return "stock_quantity", _("No more than 99,999,999,999 units of one thing can be kept. Give a smaller quantity.")
    return None


def low(free: Decimal, low_at: Decimal | None) -> bool:
    """Whether goods are running out, by the threshold of their seller."""
    return low_at is not None and free <= low_at
