"""Keyset pages: a place in an order, not a number of rows to skip, so that page 400 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Page:
    """Rows of one page; `after` and `before` are cursors of the neighbouring pages, empty when there is none."""

    rows: list
    after: str = ""
    before: str = ""


def write_cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode().rstrip("=")


def read_cursor(text: str, length: int) -> list | None:
    """Read a cursor; anything that is not one of ours is no cursor, and the first page is shown."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    plain = isinstance(values, list) and len(values) == length and all(isinstance(v, int | str) for v in values)
    return values if plain else None


def keyset(rows: QuerySet, order: Sequence[str], *, after: str = "", before: str = "", size: int = 20) -> Page:
    """Cut one page out of rows ordered by `order` (each "name" or "-name", the last one unique)."""
    return keyset_of([rows], order, after=after, before=before, size=size)


def keyset_of(parts: Sequence[QuerySet], order: Sequence[str], *, after: str = "", before: str = "", size: int = 20) -> Page:
    """Cut one page out of several sets of rows, one after the other, each in the same order; a cursor names the part it lies in."""
    back = bool(before)
    place = read_cursor(before or after, len(order) + 1) if before or after else None
    if place and not (isinstance(place[0], int) and 0 <= place[0] < len(parts)):
        place = None
    try:
        found = _walk(parts, order, place, back, size)
    except (ValueError, TypeError, ValidationError):  # a cursor that holds no values of ours
        place, back = None, False
        found = _walk(parts, order, None, False, size)
    back = back and place is not None
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    onwards, earlier = (True, more) if back else (more, bool(place))
    ends = [write_cursor([n, *_values(order, row)]) for n, row in (found[0], found[-1])] if found else ["", ""]
    return Page([row for _n, row in found], after=ends[1] if onwards else "", before=ends[0] if earlier else "")


def _walk(parts: Sequence[QuerySet], order: Sequence[str], place: Sequence | None, back: bool, size: int) -> list[tuple[int, Any]]:
    """Rows from a place on, with the number of their part, until there is one more than a page holds."""
    found: list[tuple[int, Any]] = []
    start = place[0] if place else 0
    for n in range(start, -1, -1) if back and place else range(start, len(parts)):
        here = place[1:] if place and n == start else None
        terms = [_turn(term) for term in order] if back and place else list(order)
        rows = parts[n].filter(_beyond(terms, here) if here else Q()).order_by(*terms)
        found += [(n, row) for row in rows[: size + 1 - len(found)]]
        if len(found) > size:
            break
    return found


def _turn(term: str) -> str:
    return term[1:] if term.startswith("-") else f"-{term}"


def _values(order: Sequence[str], row) -> list:
    return [getattr(row, term.lstrip("-")) for term in order]


def _beyond(order: Sequence[str], place: Sequence) -> Q:
    """What comes after a place: (a, b) > (x, y) in each term's own direction; the first term bounds the index scan."""
    condition, equal = Q(), Q()
    for term, value in zip(order, place, strict=True):
        name, side = term.lstrip("-"), "lt" if term.startswith("-") else "gt"
        condition |= equal & Q(**{f"{name}__{side}": value})
        equal &= Q(**{name: value})
    first = order[0].lstrip("-")
    return condition & Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": place[0]})
