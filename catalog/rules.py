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
    Terms,
    differences,
    faults,
    inputs,
    lead_days,
    price_stands,
    restored,
    unit_factor,
    unit_price,
    value_warning,
)

__all__ = [
    "COLUMNS", "EXPIRY", "FAIR_METHODS", "INCOTERMS", "MAX_LEAD_TIERS", "MAX_TIERS", "MAX_UNITS", "QUICK", "REMINDER", "REVIEW",
    "Completeness", "Terms", "banned_claims", "claims_of", "claims_told", "completeness", "contacts", "differences", "faults",
    "fit_percent",
    "gaps", "inputs", "lead_days", "price_stands", "restored", "text_gaps", "texts_of", "unit_factor", "unit_price",
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


# ---------- fit ----------


def fit_percent(stock_minor: int, price_minor: int, moq: Decimal) -> int:
    """How much of the smallest order of an offer the viewer's own stock is worth, in percent, at most 100."""
    whole = Decimal(price_minor) * moq
    return min(100, int(Decimal(stock_minor) * 100 / whole)) if whole > 0 and stock_minor > 0 else 0
