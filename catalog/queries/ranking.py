"""Best match: what stands before what, and why; a page costs the same whether ten offers fit or half a million.

Few offers (COUNT_CAP at most) are ranked exactly. Of many, those that stand highest by what no question changes (`Listing.merit`) and
those that want the visitor's goods are ranked exactly, and all others follow in the order of an index.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db import connection
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from kernel.clock import now

from .. import ranking_rules
from ..models import Listing
from ..models.listings import LIVE
from .asking import Asking, Light, TokenQuery
from .pages import Ordered, Part, Ranked

BEST = ("-merit", "-published_at", "-id")
NEW = ("-published_at", "-id")
LIFTED = 120  # so many offers that want the visitor's goods are ranked with the best
STEPS = 4000  # so far the order is walked to meet them
POOL = 60  # so many of the best are ranked exactly when there are too many to rank
# What lists show of an offer and nothing else: a page reads twenty of them, and every column is built in Python.
SHOWN = (
    "no", "title_zh", "title_en", "spec", "unit", "price_minor", "currency", "moq", "ready_to_ship", "lead_days", "place", "wants",
    "want_categories", "art", "media", "attribute_lines", "state", "guarantee_minor", "record", "merit", "published_at", "category__path",
    "seller__handle", "seller__name", "seller__name_en", "seller__country", "seller__province", "seller__state",
    "seller__licence_expires_on", "stock__on_hand", "stock__reserved",
)  # fmt: skip


def shown(rows: QuerySet) -> QuerySet:
    """Rows as lists show them: with what they show of seller, category and stock."""
    return rows.select_related("seller", "category", "stock").only(*SHOWN)


def exactly(asking: Asking, rows: Sequence[Light]) -> Ranked:
    """All of these rows in the order of their points, the newest first among equals."""
    weights, today = ranking_rules.weights(), now()
    keys = [
        (ranking_rules.points(weights, standing_of(asking, row, today)), int(row.published_at.timestamp() * 1_000_000), row.pk)
        for row in rows
    ]
    return Ranked(keys, lambda ids: _load(asking, ids))


def best_parts(asking: Asking, few: Sequence[Light] | None = None) -> list[Part]:
    """Many offers in stretches: words in a title before words elsewhere, in each the guaranteed before the others (C09).

    `few`: the offers with the words in a title, when they are few enough to be ranked exactly.
    """
    filters = asking.filters()
    titled = asking.titled().filter(filters)
    parts: list[Part]
    if few is not None:
        parts = [exactly(asking, few)]
    elif asking.wordless and not asking.search.own_categories and not asking.given:
        parts = [Ordered(shown(asking.annotated(titled)), BEST)]  # nothing to rank by but what the index knows
    else:
        parts = _pooled(asking, titled)
    if asking.words:
        elsewhere = asking.worded().filter(filters).exclude(titles=TokenQuery(asking.words.full))
        parts += [Ordered(shown(asking.annotated(elsewhere.filter(stretch))), BEST) for stretch in _stretches()]
    return parts


def _stretches() -> list[Q]:
    line = ranking_rules.guarantee_points(ranking_rules.weights())
    return [Q(merit__gte=line), Q(merit__lt=line)] if line else [Q()]


def _pooled(asking: Asking, rows: QuerySet) -> list[Part]:
    found: list[Part] = []
    for stretch in _stretches():
        pool = _Pool(asking, rows.filter(stretch), stretch)
        found += [_First(pool), _Rest(pool)]
    return found


@dataclass
class _Pool:
    """The offers of a stretch that are ranked exactly; read when a page first needs them."""

    asking: Asking
    rows: QuerySet
    stretch: Q

    @cached_property
    def light(self) -> list[Light]:
        first = self.rows.filter(pk__in=self._walked()) if self.asking.words else self.rows.order_by(*BEST)
        found = {row.pk: row for row in self.asking.light(first, POOL)}
        search = self.asking.search
        if self.asking.wordless and search.own_categories and not search.have:  # with `have` all of them want it
            # Of one table only, so that the planner knows how few rows it needs; `rows` leave out sellers that may not trade.
            wanting = Listing.objects.filter(self.asking.filters(), self.stretch, state="live")
            wanting = wanting.filter(want_categories__overlap=list(search.own_categories)).order_by(*NEW)
            lifted = [row for row in self.asking.light(wanting, LIFTED) if row.pk not in found]
            trading = set(self.rows.filter(pk__in=[row.pk for row in lifted]).values_list("pk", flat=True)) if lifted else set()
            found |= {row.pk: row for row in lifted if row.pk in trading}
        return list(found.values())

    def _walked(self) -> list[int]:
        """Of the first STEPS offers of the stretch those with the words: many offers have them, so a few steps meet enough.

        The planner takes words for independent of each other and would rather fetch and sort all of the many. Not meeting enough does no
        harm: those that are met are the first of the order, and the rest follows it.
        """
        yes = Value(True, output_field=BooleanField())
        fits = Q(titles=TokenQuery(self.asking.words.full)) & self.asking.filters()
        walk = Listing.objects.filter(LIVE, self.stretch).order_by(*BEST).annotate(hit=Case(When(fits, then=yes), default=Value(False)))
        sql, values = walk.values_list("pk", "hit")[:STEPS].query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pk FROM ({sql}) AS walk WHERE hit LIMIT {POOL}", values)  # noqa: S608 - of the query's own making
            return [pk for (pk,) in cursor.fetchall()]


@dataclass
class _First:
    pool: _Pool
    width: int = 3

    def take(self, place, back, limit):
        return exactly(self.pool.asking, self.pool.light).take(place, back, limit)

    def place_of(self, row):
        return row.place_in_ranking


@dataclass
class _Rest:
    pool: _Pool
    width: int = 3

    def take(self, place, back, limit):
        return self._ordered.take(place, back, limit)

    def place_of(self, row):
        return self._ordered.place_of(row)

    @cached_property
    def _ordered(self) -> Ordered:
        rest = self.pool.rows.exclude(pk__in=[row.pk for row in self.pool.light])
        return Ordered(shown(self.pool.asking.annotated(rest)), BEST)


def _load(asking: Asking, ids: list[int]) -> dict[int, Listing]:
    return {row.pk: row for row in shown(asking.annotated(Listing.objects.filter(pk__in=ids)))}


def reasons_for(asking: Asking, listing: Listing, weights: Mapping[str, int], today: datetime) -> list[tuple[str, int]]:
    """Why an offer of a page stands where it stands; of what an index has put in order, only what the index knows."""
    row = Light(
        listing.pk, listing.category_id, listing.ready_to_ship, listing.place, listing.currency, listing.price_minor,
        listing.want_categories, listing.guarantee_minor, listing.record, listing.published_at, {}, getattr(listing, "tier", 0),
        getattr(listing, "gives", False), getattr(listing, "likeness", 0),
    )  # fmt: skip
    standing = standing_of(asking, row, today)
    if not hasattr(listing, "place_in_ranking"):
        standing = replace(standing, wanted=False, days=365)
    return ranking_rules.reasons(weights, standing)


def standing_of(asking: Asking, row: Light, today: datetime) -> ranking_rules.Standing:
    """What ranking asks about one row."""
    search = asking.search
    wanted = set(search.have or search.own_categories)
    return ranking_rules.Standing(
        tier=row.tier if asking.search.q else None, likeness=row.likeness, guaranteed=row.guarantee > 0,
        wanted=row.gives or bool(wanted.intersection(row.wanted)), record=row.record,
        days=ranking_rules.days_since(row.published_at, today), ready=row.ready,
    )  # fmt: skip
