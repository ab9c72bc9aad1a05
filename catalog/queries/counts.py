"""Stock counts as the people who count see them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Q

from accounts.actors import require
from kernel.refusals import NotFound

from ..models import Listing, StockCount, StockCountLine
from ..permissions import MANAGE_STOCK
from .pages import Page, keyset

SHEET_ROWS = 5000  # a longer count sheet is CSV only


@dataclass(frozen=True)
class Progress:
    """How far a count is."""

    lines: int
    counted: int
    different: int
    booked: int


def stock_counts(actor, *, after: str = "", before: str = "") -> Page:
    """A page of the stock counts of the actor's enterprise, newest first."""
    require(actor, MANAGE_STOCK)
    return keyset(StockCount.objects.own(actor), ["-id"], after=after, before=before, size=20)


def stock_count(actor, no: str) -> StockCount:
    """One stock count of the actor's enterprise; raises NotFound."""
    require(actor, MANAGE_STOCK)
    count = StockCount.objects.own(actor).filter(no=no).first()
    if count is None:
        raise NotFound()
    return count


def _lines(actor, count: StockCount):
    rows = StockCountLine.objects.filter(count=count)
    if actor.only_granted_listings and not actor.is_main:
        rows = rows.filter(listing__in=Listing.objects.own(actor))
    return rows.select_related("listing", "listing__stock").defer("listing__search", "listing__wants_search")


def count_lines(actor, count: StockCount, *, show: str = "", after: str = "", before: str = "") -> Page:
    """A page of a count's lines: all, only those still to be counted ("left"), or those with a difference ("different")."""
    rows = _lines(actor, count)
    if show == "left":
        rows = rows.filter(counted=None)
    elif show == "different":
        rows = rows.filter(counted__isnull=False).exclude(counted=F("book_then"))
    return keyset(rows, ["id"], after=after, before=before, size=25)


def count_lines_named(actor, count: StockCount, pks) -> list[StockCountLine]:
    """The lines of a count with these ids, in order; others are left out."""
    return list(_lines(actor, count).filter(pk__in=pks).order_by("pk"))


def count_progress(actor, count: StockCount) -> Progress:
    """How many lines a count has, and how many of them are counted, different and booked."""
    counted = Q(counted__isnull=False)
    found = _lines(actor, count).order_by().aggregate(
        n_lines=Count("pk"), n_counted=Count("pk", filter=counted), n_different=Count("pk", filter=counted & ~Q(counted=F("book_then"))),
        n_booked=Count("pk", filter=Q(booked_at__isnull=False)),
    )  # fmt: skip
    return Progress(**{name.removeprefix("n_"): number for name, number in found.items()})


def count_sheet(actor, count: StockCount) -> Iterator[list[str]]:
    """The rows of a count sheet to fill in, in the columns in which it comes back."""
    for line in _lines(actor, count).order_by("pk").iterator(chunk_size=2000):
        counted = "" if line.counted is None else f"{line.counted.normalize():f}"
        yield [line.listing.no, line.listing.title, f"{line.expected.normalize():f}", counted, line.reason]
