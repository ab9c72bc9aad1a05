"""Which saved searches an offer fits: tokens for the inverted index, and what is compared beyond them; pure functions (B12).

Both sides are cut the same way. English loses its plural; an offer also answers for the beginnings of its English words, as the
market's search does. A request is fitted when most of its words are there, a saved search when all are.
"""

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from .search_rules import HAN, IS_HAN, LONGEST_WORD, runs, stem

ASKING = re.compile(
    "求购|采购|收购|急需|需要|需求|寻找|寻求|大量|长期|现货|一批|高价|诚购"
    "|wanted|need(?:ed|s)?|looking for|buying|buy|purchase|seek(?:ing)?|urgent",
    re.I,
)
SHARE = Decimal("0.6")  # of a request's words that an offer must have
TOKENS_MAX, PREFIX_MIN = 12, 3
LATIN = re.compile(f"[^{HAN}]+")


def _cut(text: str) -> list[str]:
    """A text in tokens: words, Chinese in pairs and each run's last sign."""
    found: list[str] = []
    for run in runs(text):
        found += [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]] if IS_HAN.match(run) else [run[:LONGEST_WORD]]
    return found


def _words(text: str) -> list[str]:
    """Tokens without the single characters that end each Chinese run, unless there is nothing else."""
    found = list(dict.fromkeys(stem(token) for token in _cut(text)))
    return [token for token in found if len(token) > 1 or not re.match(f"[{HAN}]", token)] or found


def asked_by_want(title: str) -> tuple[list[str], int]:
    """The tokens of a request and how many of them an offer must have."""
    found = _words(ASKING.sub(" ", title))[:TOKENS_MAX]
    return (found, max(1, math.ceil(len(found) * SHARE))) if found else ([""], 1)


def asked_by_search(q: str) -> tuple[list[str], int]:
    """The tokens of a saved search; an offer must have all of them."""
    found = _words(q)[:TOKENS_MAX]
    return (found, len(found)) if found else ([""], 1)


def firm_token(enterprise_id: int) -> str:
    """The token by which those who follow a firm are found."""
    return f"firm:{enterprise_id}"


def answered_by(texts: Iterable[str], *, seller_id: int) -> list[str]:
    """Every token under which an offer is looked up: its words, the beginnings of its English ones, its firm, and none at all."""
    found = {"", firm_token(seller_id)}
    for text in texts:
        for token in _cut(text):
            found |= {token, stem(token)}
            if LATIN.fullmatch(token) and token[0].isalpha():
                found |= {token[:n] for n in range(PREFIX_MIN, len(token))}
    return sorted(found)


def passes(filters: Mapping, offer: Mapping) -> bool:
    """Whether an offer keeps what a saved search says beyond words and category.

    `filters`: ready, places, currency, price_min, price_max (a unit, minor), and of requests unit, quantity, value_max (minor),
    attributes. `offer`: ready, place, currency, price, unit, spec ({label: value}). What the other side does not say is no obstacle.
    """
    if filters.get("ready") and not offer["ready"]:
        return False
    if filters.get("places") and offer["place"] not in filters["places"]:
        return False
    if filters.get("wants_of") and not set(filters["wants_of"]) & set(offer.get("want_categories", ())):
        return False
    return _price_fits(filters, offer) and _attributes_fit(filters.get("attributes") or {}, offer["spec"])


def _price_fits(filters: Mapping, offer: Mapping) -> bool:
    same = filters.get("currency") == offer["currency"]
    low, high = filters.get("price_min"), filters.get("price_max")
    if filters.get("strict_currency") and filters.get("currency") and not same:
        return False
    if same and ((low is not None and offer["price"] < low) or (high is not None and offer["price"] > high)):
        return False
    most, quantity = filters.get("value_max"), filters.get("quantity")
    if same and most is not None and quantity and filters.get("unit") == offer["unit"]:
        return offer["price"] * Decimal(quantity) <= most
    return True


def _attributes_fit(asked: Mapping[str, str], spec: Mapping[str, str]) -> bool:
    told = {label.strip().lower(): value for label, value in spec.items()}
    for label, value in asked.items():
        there = told.get(label.strip().lower())
        if there is not None and not _alike(_words(value), _words(there)):
            return False
    return True


def _alike(asked: list[str], there: list[str]) -> bool:
    """Whether two values may mean the same: figures by their figures, words by a word in common."""
    figures, others = ({token for token in tokens if token[0].isdigit()} for tokens in (asked, there))
    return bool(figures & others) if figures and others else bool(set(asked) & set(there))
