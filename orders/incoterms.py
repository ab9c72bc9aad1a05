"""Delivery terms of trades across a border: one of the Incoterms 2020 with its named place for each direction (M41); pure rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from catalog.rules import INCOTERMS, SEA_ONLY, is_port


@dataclass(frozen=True)
class Incoterm:
    """A rule and the place it names: CIF, Port of Rotterdam."""

    code: str
    place: str

    def __str__(self):
        return f"{self.code} {self.place} (Incoterms 2020)"


@dataclass(frozen=True)
class Carriage:
    """The terms under which goods travel, from the side of whoever writes them: those it gets and those it gives."""

    get: Incoterm | None = None
    give: Incoterm | None = None


def incoterm_fault(code: str, place: str) -> tuple[str, object] | None:
    """Which of the two is wrong ("code" or "place") and why; None when they stand, or when neither is named."""
    if code and code not in INCOTERMS:
        return "code", _("Choose one of the Incoterms 2020.")
    if code and not place:
        return "place", _("An Incoterm needs its named place, for example CIF Rotterdam.")
    if code in SEA_ONLY and not is_port(place):
        text = _("%(term)s is for sea transport only, so it needs a port: “Port of …”, “…港” or a known port.")
        return "place", text % {"term": code}
    if place and not code:
        return "code", _("Choose the Incoterm that this place belongs to.")
    return None


def rows_of(chosen: Mapping[int, Incoterm | None]) -> list[list]:
    """Delivery terms by giver as the terms of an order hold them."""
    return [[giver, term.code, term.place] for giver, term in sorted(chosen.items()) if term is not None]


def incoterm_of(rows: Iterable, giver_id: int) -> Incoterm | None:
    """The delivery term of one party's goods."""
    return next((Incoterm(code, place) for giver, code, place in rows if giver == giver_id), None)


def default_of(goods: Iterable) -> Incoterm | None:
    """What the first of these listings with an Incoterm says."""
    return next((Incoterm(row.incoterm, row.incoterm_place) for row in goods if row.incoterm), None)
