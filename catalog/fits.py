"""Which saved searches an offer may fit: tokens for the inverted index, and what a request compares beyond them; pure functions (B12).

Both sides are cut as the market's search cuts them. A request is fitted when most of its words are there. Of a saved search the index
only finds the candidates, never too few of them: whether one is fitted is asked of the market itself (queries.alerts.finds).
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from .search_rules import HAN, IS_HAN, LONGEST_WORD, MAX_RUNS, runs, stem, tokens

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
    """The tokens of a saved search, and how many of them each offer has that the market finds by it.

    A piece of a longer Chinese run may be said by a synonym: then the pairs across its two ends are not there.
    """
    cut = runs(q)[:MAX_RUNS]
    found = _words(" ".join(cut))[:TOKENS_MAX]
    spare = 2 * sum(1 for run in cut if IS_HAN.match(run) and len(run) > 2)
    return (found, max(1, len(found) - spare)) if found else ([""], 1)


def firm_token(enterprise_id: int) -> str:
    """The token by which those who follow a firm are found."""
    return f"firm:{enterprise_id}"


def answered_by(texts: Iterable[str], *, seller_id: int, synonyms: Iterable[Sequence[str]] = ()) -> list[str]:
    """Every token under which an offer is looked up: its words, the beginnings of its English ones, its firm, and none at all.

    `synonyms` are groups of terms that mean the same: an offer that says one of a group answers for the others too.
    """
    said = set().union(*(tokens(text) for text in texts))
    found = said | {"", firm_token(seller_id)}
    for group in synonyms:
        terms = [tokens(term) for term in group]
        if any(term and said.issuperset(stem(token) for token in term) for term in terms):
            found.update(token for term in terms for token in term)
    for token in said:
        if LATIN.fullmatch(token) and token[0].isalpha():
            found.update(part for n in range(PREFIX_MIN, len(token)) for part in (token[:n], stem(token[:n])))
    return sorted(found)


def passes(filters: Mapping, offer: Mapping) -> bool:
    """Whether an offer keeps what a request says beyond words and category.

    `filters`: currency, unit, quantity, value_max (minor), attributes. `offer`: currency, price (a unit, minor), unit,
    spec ({label: value}). What the other side does not say is no obstacle.
    """
    return _value_fits(filters, offer) and _attributes_fit(filters.get("attributes") or {}, offer["spec"])


def _value_fits(filters: Mapping, offer: Mapping) -> bool:
    most, quantity = filters.get("value_max"), filters.get("quantity")
    if most is None or not quantity or filters.get("currency") != offer["currency"] or filters.get("unit") != offer["unit"]:
        return True
    return offer["price"] * Decimal(quantity) <= most


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
