"""What the counters say: to a seller about own offers, to staff about groups large enough that nobody's figures can be told from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.actors import require, require_staff
from kernel.clock import now
from kernel.refusals import NotFound

from ..models import Category, Listing, ListingDay
from ..permissions import MANAGE_PRODUCTS, READ_REACH

DAYS = 30
GROUP_MIN = 5  # sellers a figure must be made of (PROMISES §4: nobody infers the volume of a single enterprise)
SHARE_MAX = 0.6  # of a group's figure that one seller may have made; above it the group says its one member's figure
FIELDS = {field.name for field in Listing._meta.get_fields()}


def guaranteed_among(pks: Iterable[int]) -> dict[int, bool]:
    """For each of these offers whether the guarantee stands behind it now; offers that do not exist are left out."""
    rows = Listing.objects.filter(pk__in=list(pks))
    if "guarantee_minor" in FIELDS:
        return {pk: minor > 0 for pk, minor in rows.values_list("pk", "guarantee_minor")}
    return dict.fromkeys(rows.values_list("pk", flat=True), False)


@dataclass(frozen=True)
class Figures:
    """Sums of some days."""

    shown: int = 0
    opened: int = 0
    asked: int = 0

    @property
    def rate(self) -> str:
        """Openings of a hundred showings, in words for a table."""
        return f"{self.opened * 100 / self.shown:.1f}" if self.shown else ""


def since(days: int = DAYS) -> date:
    return localdate(now()) - timedelta(days=days - 1)


def figures_of(pks: Iterable[int], *, days: int = DAYS) -> dict[int, Figures]:
    """The figures of the last days by offer; one query for all."""
    rows = ListingDay.objects.filter(listing__in=list(pks), day__gte=since(days)).values("listing")
    summed = rows.annotate(a=Sum("shown"), b=Sum("opened"), c=Sum("asked")).order_by()
    return {row["listing"]: Figures(row["a"], row["b"], row["c"]) for row in summed}


@dataclass(frozen=True)
class Reach:
    """The figures of one own offer: by day, in all, and apart for the time under the guarantee."""

    listing: Listing
    days: list[tuple[date, Figures]]
    total: Figures
    guaranteed: Figures
    others: Figures


def reach_of(actor, no: str) -> Reach:
    """How often an own offer was shown, opened and asked about in the last thirty days; raises NotFound, Denied."""
    require(actor, MANAGE_PRODUCTS)
    listing = Listing.objects.own(actor).select_related("category", "seller").filter(no=no).first()
    if listing is None:
        raise NotFound()
    rows = list(ListingDay.objects.filter(listing=listing, day__gte=since()).order_by("day"))
    days = {since() + timedelta(days=n): Figures() for n in range(DAYS)}
    parts = {True: Figures(), False: Figures()}
    for row in rows:
        days[row.day] = _plus(days.get(row.day, Figures()), row)
        parts[row.guaranteed] = _plus(parts[row.guaranteed], row)
    total = Figures(*(getattr(parts[True], name) + getattr(parts[False], name) for name in ("shown", "opened", "asked")))
    return Reach(listing, sorted(days.items()), total, parts[True], parts[False])


def _plus(figures: Figures, row: ListingDay) -> Figures:
    return Figures(figures.shown + row.shown, figures.opened + row.opened, figures.asked + row.asked)


@dataclass(frozen=True)
class Group:
    """Guaranteed offers, or the others, of one category; without figures when too few sellers are in it."""

    category: str
    guaranteed: bool
    sellers: int | None
    per_offer: tuple[str, ...] | None  # shown, opened, asked of an offer in the period, on average


def reach_report(actor, *, days: int = DAYS) -> list[Group]:
    """Exposure of guaranteed offers against the others, over all categories and by category (C06); raises Denied.

    A group of fewer than five sellers, or one in which a single seller made most of the figure, is not shown; and since the two groups
    of a category add up to what everybody may count on the market, neither number of sellers is shown for a hidden group. Figures over all
    categories are shown only where what remains of them without the shown categories could be shown too.
    """
    require_staff(actor, READ_REACH)
    rows = ListingDay.objects.filter(day__gte=since(days)).values("listing__category", "guaranteed", "listing__seller")
    rows = rows.annotate(a=Sum("shown"), b=Sum("opened"), c=Sum("asked"), n=Count("listing", distinct=True)).order_by()
    groups: dict[tuple, list] = {}
    for row in rows:
        groups.setdefault((row["listing__category"], row["guaranteed"]), []).append((row["a"], row["b"], row["c"], row["n"]))
    names = {c.pk: (c.position, c.name) for c in Category.objects.filter(pk__in={pk for pk, _on in groups})}
    found = [(names[pk], on, _group(names[pk][1], on, made)) for (pk, on), made in groups.items() if pk in names]
    hidden = {(pk, on) for pk, on in groups if _group("", on, groups[pk, on]).per_offer is None}
    whole = [_over_all(rows, on, hidden) for on in (True, False)]
    return [*filter(None, whole), *(group for _name, _on, group in sorted(found, key=lambda item: (item[0], not item[1])))]


def _over_all(rows, guaranteed: bool, hidden: set) -> Group | None:
    """The same figures whatever the category; None where they and the shown categories would tell of too few sellers."""
    mine = [row for row in rows if row["guaranteed"] == guaranteed]
    rest = [row for row in mine if (row["listing__category"], guaranteed) in hidden]
    if rest and _group("", guaranteed, _by_seller(rest)).per_offer is None:
        return None
    made = _group(str(_("All categories")), guaranteed, _by_seller(mine)) if mine else None
    return made if made and made.per_offer else None


def _by_seller(rows) -> list[tuple]:
    found: dict[int, tuple] = {}
    for row in rows:
        before = found.get(row["listing__seller"], (0, 0, 0, 0))
        found[row["listing__seller"]] = tuple(a + row[name] for a, name in zip(before, "abcn", strict=True))
    return list(found.values())


def _group(category: str, guaranteed: bool, made: list[tuple]) -> Group:
    offers = sum(row[3] for row in made)
    figures = [_average([row[n] for row in made], offers) for n in range(3)]
    if len(made) < GROUP_MIN or figures[0] is None:
        return Group(category, guaranteed, None, None)
    return Group(category, guaranteed, len(made), tuple(figure or "—" for figure in figures))


def _average(by_seller: list[int], offers: int) -> str | None:
    """The figure of an average offer; None when a single seller made most of it."""
    whole = sum(by_seller)
    return None if whole and max(by_seller) > SHARE_MAX * whole else f"{whole / offers:.1f}"
