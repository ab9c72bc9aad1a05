"""Keyset pages: a place in an order, not a number of rows to skip, so that page 400 costs what page 1 costs."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, F, Func, QuerySet, Value


@dataclass(frozen=True)
class Page:
    """Rows of one page; `after` and `before` are cursors of the neighbouring pages, empty when there is none."""

    rows: list
    after: str = ""
    before: str = ""


class Part(Protocol):
    """One stretch of a list: rows in an order of its own, from a place on, forwards or back."""

    width: int  # values in a place

    def take(self, place: Sequence | None, back: bool, limit: int) -> list: ...

    def place_of(self, row) -> list: ...


@dataclass
class Ordered:
    """Rows of the database, each term of the order "name" or "-name", the last one unique."""

    rows: QuerySet
    order: Sequence[str]

    @property
    def width(self) -> int:
        return len(self.order)

    def take(self, place: Sequence | None, back: bool, limit: int) -> list:
        terms = [_turn(term) for term in self.order] if back else list(self.order)
        return list((_beyond(self.rows, terms, place) if place else self.rows).order_by(*terms)[:limit])

    def place_of(self, row) -> list:
        return [getattr(row, term.lstrip("-")) for term in self.order]


@dataclass
class Ranked:
    """Rows that are ranked in memory: keys of whole numbers, highest first, the last one the row's id; `load` reads rows by ids."""

    keys: Sequence[tuple[int, ...]]
    load: Callable[[list[int]], dict[int, Any]]
    width: int = 3

    @cached_property
    def _sorted(self) -> list[tuple[int, ...]]:
        return sorted(tuple(-value for value in key) for key in self.keys)

    def take(self, place: Sequence | None, back: bool, limit: int) -> list:
        key = tuple(-int(value) for value in place) if place else None
        if back:
            end = bisect_left(self._sorted, key) if key else len(self._sorted)
            chosen = self._sorted[max(0, end - limit) : end][::-1]
        else:
            start = bisect_right(self._sorted, key) if key else 0
            chosen = self._sorted[start : start + limit]
        rows = self.load([-key[-1] for key in chosen]) if chosen else {}
        found = []
        for key in chosen:
            if row := rows.get(-key[-1]):
                row.place_in_ranking = [-value for value in key]
                found.append(row)
        return found

    def place_of(self, row) -> list:
        return row.place_in_ranking


def write_cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values), default=str).encode()).decode().rstrip("=")


def read_cursor(text: str) -> list | None:
    """Read a cursor; anything that is not one of ours is no cursor, and the first page is shown."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return values if isinstance(values, list) and all(isinstance(v, int | str) for v in values) else None


def keyset(rows: QuerySet, order: Sequence[str], *, after: str = "", before: str = "", size: int = 20) -> Page:
    """Cut one page out of rows ordered by `order` (each "name" or "-name", the last one unique)."""
    return keyset_of([Ordered(rows, order)], after=after, before=before, size=size)


def keyset_of(parts: Sequence[Part], *, after: str = "", before: str = "", size: int = 20) -> Page:
    """Cut one page out of several stretches, one after the other; a cursor names the stretch it lies in."""
    back = bool(before)
    place = read_cursor(before or after) if before or after else None
    if place and not (isinstance(place[0], int) and 0 <= place[0] < len(parts) and len(place) == 1 + parts[place[0]].width):
        place = None
    place = place or None
    try:
        found = _walk(parts, place, back, size)
    except (ValueError, TypeError, ValidationError):  # a cursor that holds no values of ours
        place, back = None, False
        found = _walk(parts, None, False, size)
    back = back and place is not None
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    onwards, earlier = (True, more) if back else (more, bool(place))
    ends = [write_cursor([n, *parts[n].place_of(row)]) for n, row in (found[0], found[-1])] if found else ["", ""]
    return Page([row for _n, row in found], after=ends[1] if onwards else "", before=ends[0] if earlier else "")


def _walk(parts: Sequence[Part], place: Sequence | None, back: bool, size: int) -> list[tuple[int, Any]]:
    """Rows from a place on, with the number of their part, until there is one more than a page holds."""
    found: list[tuple[int, Any]] = []
    start = place[0] if place else 0
    for n in range(start, -1, -1) if back and place else range(start, len(parts)):
        here = place[1:] if place and n == start else None
        found += [(n, row) for row in parts[n].take(here, back and bool(place), size + 1 - len(found))]
        if len(found) > size:
            break
    return found


def _turn(term: str) -> str:
    return term[1:] if term.startswith("-") else f"-{term}"


class _RowBeyond(Func):
    """(a, b) > (x, y) as the database has it: an index over the same columns begins right there, however many rows share `a`."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, columns: Sequence, values: Sequence, sign: str):
        super().__init__(*columns, *values)
        self.sign = sign

    def as_sql(self, compiler, connection, **_extra):
        parts, params = [], []
        for expression in self.source_expressions:
            sql, values = compiler.compile(expression)
            parts.append(sql)
            params += values
        half = len(parts) // 2
        return f"({', '.join(parts[:half])}) {self.sign} ({', '.join(parts[half:])})", params


def _beyond(rows: QuerySet, order: Sequence[str], place: Sequence) -> QuerySet:
    """What comes after a place in an order whose terms all run one way; raises ValueError or ValidationError for values of another kind."""
    if len({term.startswith("-") for term in order}) > 1:
        raise TypeError("an order that runs both ways has no place in an index")
    fields = [rows.model._meta.get_field(term.lstrip("-")) for term in order]
    values = [Value(field.to_python(value), output_field=field) for field, value in zip(fields, place, strict=True)]
    return rows.filter(_RowBeyond([F(field.attname) for field in fields], values, "<" if order[0].startswith("-") else ">"))
