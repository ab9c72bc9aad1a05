"""The marketplace: what is on sale, cut by words and facets, in an order, one keyset page at a time, counted only as far as is cheap."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.postgres.search import SearchQuery, TrigramWordSimilarity
from django.db.models import BooleanField, Case, F, FloatField, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Greatest

from .. import rules
from ..models import Listing
from .categories import COUNT_CAP, subtree_codes
from .listings import own_tradable_listings
from .pages import Page, keyset, keyset_of

OWN_CAP = 200
UNSHOWN = ("search", "wants_search", "description_zh", "description_en", "seller__legal_representative")  # long, or sealed
OWN = ("no", "title_zh", "title_en", "price_minor", "currency", "category__path", "stock__on_hand", "stock__reserved")
LIFTED = 300  # so many offers that want the visitor's goods stand before the rest when there are no words to rank by
SORTS = {
    "best": ["-score", "-published_at", "-id"],
    "price": ["price_minor", "id"],
    "dear": ["-price_minor", "-id"],
    "new": ["-published_at", "-id"],
}


@dataclass(frozen=True)
class Search:
    """What a visitor asked for. `have` are category codes of the visitor's own goods that the other side should want."""

    q: str = ""
    give: str = ""  # free text: what the visitor can give
    categories: Sequence[str] = ()
    ready: bool = False
    places: Sequence[str] = ()
    currency: str = ""
    price_min: int | None = None  # minor units of `currency`
    price_max: int | None = None
    have: Sequence[str] = ()
    own_categories: Sequence[str] = ()  # of all goods the visitor has on sale: they lift, they do not filter
    sort: str = "best"


@dataclass(frozen=True)
class Result:
    page: Page
    total: int  # at most COUNT_CAP + 1
    facets: dict[str, Counter] = field(default_factory=dict)
    guessed: bool = False  # nothing had the words; these have words like them

    @property
    def strictest(self) -> tuple[str, int]:
        """The one filter whose removal shows most, and how much; ("", 0) when none does."""
        return next(iter(self.facets.get("alone", Counter()).most_common(1)), ("", 0))

    @property
    def mine(self) -> int:
        """How many of the results want what the visitor has."""
        return self.facets.get("mine", Counter())[True]

    @property
    def capped(self) -> bool:
        return self.total > COUNT_CAP


def newest_listings(limit: int = 6, *, ready: bool = False) -> list[Listing]:
    rows = _shown(Listing.objects.live())
    return list((rows.filter(ready_to_ship=True) if ready else rows).order_by("-published_at", "-id")[:limit])


def offered_by(seller_id: int, *, after: str = "", before: str = "") -> Page:
    """A page of what one enterprise has on sale."""
    return keyset(_shown(Listing.objects.live().filter(seller_id=seller_id)), ["-published_at", "-id"], after=after, before=before, size=20)


def market_page(search: Search, *, after: str = "", before: str = "", size: int = 20) -> Result:
    """Find what is on sale; when no listing has the words, look for words like them (three letters or more)."""
    rows, guessed = _worded(search), False
    page, counts, total = _found(rows, search, after, before, size)
    if not total and len(search.q) >= 3:
        alike = _alike(search.q)
        page, counts, total = _found(alike, search, after, before, size)
        guessed = total > 0
    return Result(page, total, counts, guessed)


def _found(rows: QuerySet, search: Search, after: str, before: str, size: int) -> tuple[Page, dict[str, Counter], int]:
    counts, total = _count(rows, search)
    if not total:
        return Page([]), counts, 0
    found = rows.filter(_facets(search))
    if search.sort == "best" and not (search.q or search.give):
        return keyset_of(_wanting_first(found, search), SORTS["new"], after=after, before=before, size=size), counts, total
    if search.sort == "best":
        found = found.annotate(score=_score(search))
    order = SORTS[search.sort] if search.sort in SORTS else SORTS["new"]
    return keyset(_shown(found), order, after=after, before=before, size=size), counts, total


def _wanting_first(rows: QuerySet, search: Search) -> list[QuerySet]:
    """Without words: the newest offers that want the visitor's goods, then all others; both walk an index, nothing is scored.

    Which offers are lifted is asked with the first rows of each page: a bounded walk down the newest, or the index of wanted categories.
    """
    if search.have or not search.own_categories:  # then all of them want it, or none is known to
        return [_shown(rows)]
    # Of one table only, so that the planner knows how few rows it needs; `rows` leaves out sellers that may not trade.
    wanting = Listing.objects.filter(_facets(search), state="live", want_categories__overlap=list(search.own_categories))
    lifted = list(wanting.order_by(*SORTS["new"]).values_list("pk", flat=True)[:LIFTED])
    return [_shown(rows.filter(pk__in=lifted)), _shown(rows.exclude(pk__in=lifted))]


def _shown(rows: QuerySet) -> QuerySet:
    return rows.select_related("seller", "category", "stock").defer(*UNSHOWN)


def _worded(search: Search) -> QuerySet:
    rows = Listing.objects.live()
    if search.q and not rules.query(search.q):
        return rows.none()
    if words := rules.query(search.q):
        rows = rows.filter(search=TokenQuery(words))
    elif search.give and (given := rules.query(search.give)):
        rows = rows.filter(wants_search=TokenQuery(given))
    return rows


def _alike(q: str) -> QuerySet:
    """Titles with words like all those typed; the operator, not the function, so that the trigram index answers."""
    operator = {"function": None, "template": "%(expressions)s", "arg_joiner": " <%% ", "output_field": BooleanField()}
    rows = Listing.objects.live()
    words = [word for word in rules.RUN.findall(q.lower()) if len(word) >= 3][:6]
    for word in words:
        rows = rows.filter(Q(Func(Value(word), F("title_en"), **operator)) | Q(Func(Value(word), F("title_zh"), **operator)))
    return rows if words else rows.none()


class TokenQuery(SearchQuery):
    """A tsquery of tokens that rules.query has cut: cast, not parsed again, so that no text search configuration is involved."""

    def as_sql(self, compiler, connection, function=None, template=None):
        return "%s::tsquery", [self.source_expressions[-1].value]


def _score(search: Search):
    """Whole points, so that a cursor can hold them: words found (0–100,000), then who wants the visitor's goods, then ready to ship."""
    points = Case(When(ready_to_ship=True, then=Value(200)), default=Value(0), output_field=IntegerField())
    wanted = list(search.have or search.own_categories)
    if wanted:
        points += Case(When(want_categories__overlap=wanted, then=Value(3000)), default=Value(0), output_field=IntegerField())
    if given := rules.query(search.give):
        points += Case(When(wants_search=TokenQuery(given), then=Value(5000)), default=Value(0), output_field=IntegerField())
    if words := rules.query(search.q):
        rank = Func(F("search"), TokenQuery(words), function="ts_rank", output_field=FloatField())
        points += Cast(rank * Value(10000.0), IntegerField())
    elif search.q:
        likeness = Greatest(TrigramWordSimilarity(search.q, "title_en"), TrigramWordSimilarity(search.q, "title_zh"))
        points += Cast(likeness * Value(10000.0), IntegerField())
    return points


def _facets(search: Search, *, but: str = "") -> Q:
    q = Q()
    for name, condition in _conditions(search).items():
        if name != but:
            q &= condition
    return q


def _conditions(search: Search) -> dict[str, Q]:
    found = {}
    if search.categories:
        found["category"] = Q(category__code__in=subtree_codes(*search.categories))
    if search.ready:
        found["ready"] = Q(ready_to_ship=True)
    if search.places:
        found["place"] = Q(place__in=list(search.places))
    if search.have:
        found["have"] = Q(want_categories__overlap=list(search.have))
    if search.currency:
        found["currency"] = Q(currency=search.currency)
    if search.price_min is not None:
        found["price"] = Q(price_minor__gte=search.price_min)
    if search.price_max is not None:
        found["price"] = found.get("price", Q()) & Q(price_minor__lte=search.price_max)
    return found


def _count(rows: QuerySet, search: Search) -> tuple[dict[str, Counter], int]:
    """Count results and facets from at most COUNT_CAP + 1 light rows; beyond that facets stay uncounted rather than wrong."""
    columns = ("category__path", "ready_to_ship", "place", "currency", "price_minor", "want_categories")
    light = list(rows.order_by().values_list(*columns)[: COUNT_CAP + 1])
    if len(light) > COUNT_CAP:
        return {}, len(rows.filter(_facets(search)).order_by().values_list("pk")[: COUNT_CAP + 1])
    names = ("category", "ready", "place", "currency", "have", "alone", "mine")
    own = set(search.own_categories)
    counts: dict[str, Counter] = {name: Counter() for name in names}
    total = 0
    for path, ready, place, currency, price, wanted in light:
        checks = _checks(search, path, ready, place, currency, price, wanted)
        failed = [name for name, passed in checks.items() if not passed]
        if not failed:
            total += 1
            counts["mine"][bool(own.intersection(wanted))] += 1
        elif len(failed) == 1:
            counts["alone"][failed[0]] += 1
        for name, values in (("category", path), ("ready", [ready]), ("place", [place]), ("currency", [currency]), ("have", wanted)):
            if not failed or failed == [name]:
                for value in values:  # Counter.update would first ask what kind of thing it was given
                    counts[name][value] += 1
    return counts, total


def _checks(search: Search, path, ready, place, currency, price, wanted) -> dict[str, bool]:
    """The same conditions as `_conditions`, on a row in hand."""
    return {
        "category": not search.categories or bool(set(search.categories) & set(path)),
        "ready": not search.ready or ready,
        "place": not search.places or place in search.places,
        "have": not search.have or bool(set(search.have) & set(wanted)),
        "currency": not search.currency or currency == search.currency,
        "price": (search.price_min is None or price >= search.price_min) and (search.price_max is None or price <= search.price_max),
    }


@dataclass
class OwnGoods:
    """What a visitor can give: goods on sale with free stock (the newest OWN_CAP of them)."""

    listings: Sequence[Listing] = ()

    def only(self, no: str) -> "OwnGoods":
        """The same narrowed to one listing; unknown numbers narrow nothing."""
        return OwnGoods([row for row in self.listings if row.no == no] or self.listings)

    @property
    def categories(self) -> list[str]:
        return list(dict.fromkeys(row.category.root for row in self.listings))

    @cached_property
    def tokens(self) -> set[str]:
        return {token for row in self.listings for token in rules.tokens(f"{row.title_zh} {row.title_en}")}

    @cached_property
    def worth(self) -> dict[str, int]:
        """The value of the free stock by currency, minor units."""
        sums: Counter = Counter()
        for row in self.listings:
            sums[row.currency] += int(row.stock.free * row.price_minor)
        return dict(sums)

    def has(self, want: str) -> bool:
        """Whether some of these goods are called what is wanted."""
        words = {token for token in rules.tokens(want) if len(token) > 1}
        return bool(words) and words <= self.tokens


def own_goods(actor) -> OwnGoods:
    """The goods that the actor's enterprise can give; none for guests and unverified enterprises."""
    if not actor.enterprise_id or actor.enterprise_state != "verified":
        return OwnGoods()
    rows = own_tradable_listings(actor).select_related(None).select_related("category", "stock").only(*OWN)
    return OwnGoods(list(rows[:OWN_CAP]))
