"""Pure rules: what a search is cut into, what a listing must say and by when it is read, which claims it must not make."""

import re
import unicodedata
from collections.abc import Iterable
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
    "gaps", "inputs", "lead_days", "price_stands", "query", "restored", "text_gaps", "texts_of", "tokens", "unit_factor", "unit_price",
    "value_warning", "vector",
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

HAN = "㐀-鿿豈-﫿"
RUN = re.compile(f"[{HAN}]+|[0-9]+(?:\\.[0-9]+)?|[^\\W\\d_{HAN}]+")
MAX_TOKENS = 400


# ---------- search ----------


def tokens(text: str) -> list[str]:
    """Cut a text into search tokens, in order: words and numbers as they are, Chinese into pairs plus each run's last character."""
    found: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower()):
        if re.match(f"[{HAN}]", run):
            found += [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
        else:
            found.append(run[:40])
    return found[:MAX_TOKENS]


def vector(weighted: Iterable[tuple[str, str]]) -> str:
    """Write a tsvector literal from (text, weight A–D) pairs."""
    parts, position = [], 0
    for text, weight in weighted:
        for token in tokens(text):
            position = min(position + 1, 16383)
            parts.append(f"'{token}':{position}{weight}")
    return " ".join(parts)


def query(text: str) -> str:
    """Write a tsquery: every word must occur, words may go on (`pap` finds paper); empty when the text holds no word."""
    wanted: list[str] = []
    for run in RUN.findall(unicodedata.normalize("NFKC", text or "").lower())[:12]:
        if re.match(f"[{HAN}]", run):
            wanted += [f"'{run[i : i + 2]}'" for i in range(len(run) - 1)] or [f"'{run}':*"]
        else:
            wanted.append(f"'{run[:40]}'" if run[0].isdigit() else f"'{run[:40]}':*")
    return " & ".join(dict.fromkeys(wanted))


# ---------- fit ----------


def fit_percent(stock_minor: int, price_minor: int, moq: Decimal) -> int:
    """How much of the smallest order of an offer the viewer's own stock is worth, in percent, at most 100."""
    whole = Decimal(price_minor) * moq
    return min(100, int(Decimal(stock_minor) * 100 / whole)) if whole > 0 and stock_minor > 0 else 0
