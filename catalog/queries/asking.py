"""What a visitor asks of the market, as conditions on rows: words, facets, and both again on rows in hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, Case, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Greatest

from ..models import Category, Listing, SynonymGroup
from ..schema import Field
from ..search_rules import Question, facet, one_of, only_token, query, question, runs, term_keys
from .frequent_words import common_words
from .schemas import schema_of
from .tree import COUNT_CAP, Tree, fresh, market_tree

LIGHT = (
    "pk", "category_id", "ready_to_ship", "place", "currency", "price_minor", "want_categories", "guarantee_minor", "record",
    "published_at", "attributes",
)  # fmt: skip


@dataclass(frozen=True)
class Search:
    """What a visitor asked for. `have` are category codes of the visitor's own goods that the other side should want."""

    q: str = ""
    give: str = ""  # free text: what the visitor can give
    categories: Sequence[str] = ()  # each with all below it
    ready: bool = False
    places: Sequence[str] = ()
    currency: str = ""
    price_min: int | None = None  # minor units of `currency`
    price_max: int | None = None
    have: Sequence[str] = ()
    guaranteed: bool = False
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # code of an attribute: values, any of which will do
    fields: Sequence[Field] = ()  # the attributes by which the chosen category is filtered
    own_categories: Sequence[str] = ()  # of all goods the visitor has on sale: they lift, they do not filter
    sort: str = "best"


class Light(NamedTuple):
    """The few columns of a row that counting and ranking need."""

    pk: int
    category_id: int
    ready: bool
    place: str
    currency: str
    price: int
    wanted: list[str]
    guarantee: int
    record: int
    published_at: Any
    attributes: Any = None
    tier: int = 0
    gives: bool = False
    likeness: int = 0


class TokenQuery(SearchQuery):
    """A tsquery of tokens that search_rules has cut: cast, not parsed again, so that no text search configuration is involved."""

    def as_sql(self, compiler, connection, function=None, template=None):
        return "%s::tsquery", [self.source_expressions[-1].value]


def facet_attributes(category: str, tree: Tree) -> list[Field]:
    """The attributes by which a category's offers are filtered; none for a code that no category has."""
    return fresh(f"facets:{category}", lambda: _facets_of(category)) if category in tree.by_code else []


def _facets_of(code: str) -> list[Field]:
    category = Category.objects.filter(code=code).first()
    return [attribute for attribute in schema_of(category) if attribute.facet] if category else []


def synonyms_for(text: str) -> dict[str, list[str]]:
    """The groups of synonyms that a question touches, by the key of each of their words: one index look-up."""
    keys = term_keys(text)
    groups = SynonymGroup.objects.filter(keys__overlap=keys).values_list("keys", "terms") if keys else []
    found: dict[str, list[str]] = {}
    for group_keys, terms in groups:
        for key in group_keys:
            found.setdefault(key, []).extend(terms)
    return found


def synonym_groups() -> list[list[str]]:
    """All groups, for an offer that is compared with what others have asked for."""
    return fresh("synonyms", lambda: list(SynonymGroup.objects.values_list("terms", flat=True)))


@dataclass
class Asking:
    """One search while it is answered."""

    search: Search
    tree: Tree = field(default_factory=market_tree)
    guessed: bool = False

    @cached_property
    def synonyms(self) -> dict[str, list[str]]:
        return synonyms_for(self.search.q)

    @cached_property
    def words(self) -> Question:
        return question(self.search.q, self.synonyms, common=self.common["search"]) if self.search.q else Question()

    @cached_property
    def given(self) -> str:
        return query(self.search.give)

    @property
    def wordless(self) -> bool:
        return not self.words and not self.guessed

    @cached_property
    def common(self) -> Mapping[str, frozenset[str]]:
        return common_words()

    def surely_many(self, column: str) -> bool:
        """Whether statistics say that the words stand in more offers than are counted, in their "titles" or anywhere ("search")."""
        return bool(self.words) and only_token(self.search.q) in self.common[column]

    # ---------- rows ----------

    def worded(self) -> QuerySet:
        """Offers on sale that have the words anywhere."""
        rows = Listing.objects.live()
        if self.guessed:
            return self._alike(rows)
        if self.search.q and not self.words:
            return rows.none()
        if self.words:
            return rows.filter(search=TokenQuery(self.words.full))
        return rows.filter(wants_search=TokenQuery(self.given)) if self.given else rows

    def titled(self) -> QuerySet:
        """Of those, the offers that have the words in a title."""
        return Listing.objects.live().filter(titles=TokenQuery(self.words.full)) if self.words else self.worded()

    def _alike(self, rows: QuerySet) -> QuerySet:
        """Titles with words like all those typed; the operator, not the function, so that the trigram index answers."""
        operator: dict[str, Any] = {
            "function": None, "template": "%(expressions)s", "arg_joiner": " <%% ", "output_field": BooleanField(),
        }  # fmt: skip
        words = [word for word in runs(self.search.q) if len(word) >= 3][:6]
        for word in words:
            rows = rows.filter(Q(Func(Value(word), "title_en", **operator)) | Q(Func(Value(word), "title_zh", **operator)))
        return rows if words else rows.none()

    # ---------- facets ----------

    def conditions(self) -> dict[str, Q]:
        """The filters that are set, by name."""
        search, found = self.search, {}
        if search.categories:
            found["category"] = self._in_categories()
        if search.ready:
            found["ready"] = Q(ready_to_ship=True)
        if search.guaranteed:
            found["guaranteed"] = Q(guarantee_minor__gt=0)
        if search.places:
            found["place"] = _any("p", search.places)
        if search.have:
            found["have"] = Q(want_categories__overlap=list(search.have))
        if search.currency:
            found["currency"] = Q(currency=search.currency)
        if search.price_min is not None:
            found["price"] = Q(price_minor__gte=search.price_min)
        if search.price_max is not None:
            found["price"] = found.get("price", Q()) & Q(price_minor__lte=search.price_max)
        for code, values in search.attributes.items():
            found[f"a.{code}"] = _any(f"a.{code}", values)
        return found

    def _in_categories(self) -> Q:
        """With words the index of words knows the category as well; without, lists in a category's order have an index of their own."""
        if not self.wordless:
            return _any("c", self.search.categories)
        below = self.tree.below(self.search.categories)
        return Q(category_id=below[0]) if len(below) == 1 else Q(category_id__in=below)

    def filters(self, *, but: str = "") -> Q:
        q = Q()
        for name, condition in self.conditions().items():
            if name != but:
                q &= condition
        return q

    def checks(self, row: Light) -> list[str]:
        """The names of the filters that a row in hand does not pass; the same conditions as above."""
        search, failed = self.search, []
        if search.categories and not self._wanted_codes.intersection(self.tree.lineage.get(row.category_id, ())):
            failed.append("category")
        if search.ready and not row.ready:
            failed.append("ready")
        if search.guaranteed and row.guarantee <= 0:
            failed.append("guaranteed")
        if search.places and facet("p", row.place) not in self._wanted_places:
            failed.append("place")
        if search.have and not set(search.have).intersection(row.wanted):
            failed.append("have")
        if search.currency and row.currency != search.currency:
            failed.append("currency")
        low, high = search.price_min, search.price_max
        if (low is not None and row.price < low) or (high is not None and row.price > high):
            failed.append("price")
        failed += [f"a.{code}" for code, values in search.attributes.items() if not _values(row, code).intersection(values)]
        return failed

    @cached_property
    def _wanted_codes(self) -> set[str]:
        return set(self.search.categories)

    @cached_property
    def _wanted_places(self) -> set[str]:
        return {facet("p", place) for place in self.search.places}

    # ---------- light rows ----------

    def annotated(self, rows: QuerySet) -> QuerySet:
        """Rows with where the words stand (tier), how alike a guess is (likeness, percent) and whether they want what is given.

        Without words there is nothing to find out, and rows stay as they are.
        """
        if self.wordless and not self.given:
            return rows
        none = Value(0, output_field=IntegerField())
        tier, likeness = none, none
        if self.words and not self.guessed:
            high = question(self.search.q, self.synonyms, weights="ABC", common=self.common["search"]).full
            tier = Case(
                When(titles=TokenQuery(self.words.direct), then=Value(4)), When(titles=TokenQuery(self.words.full), then=Value(3)),
                When(search=TokenQuery(high), then=Value(2)), default=Value(1), output_field=IntegerField(),
            )  # fmt: skip
        elif self.guessed:
            alike = [Func(Value(self.search.q), name, function="word_similarity") for name in ("title_en", "title_zh")]
            likeness = Cast(Greatest(*alike) * Value(10.0), IntegerField()) * Value(10)
        yes = Value(True, output_field=BooleanField())
        wants = Case(When(wants_search=TokenQuery(self.given), then=yes), default=Value(False)) if self.given else Value(False)
        return rows.annotate(tier=tier, gives=wants, likeness=likeness)

    def light(self, rows: QuerySet, limit: int = COUNT_CAP + 1) -> list[Light]:
        """At most `limit` rows with what counting and ranking need."""
        asked = () if self.wordless and not self.given else ("tier", "gives", "likeness")
        return [Light(*row) for row in self.annotated(rows).values_list(*LIGHT, *asked)[:limit]]

    def count(self, rows: Sequence[Light], *, whole: bool) -> tuple[dict[str, Counter], list[Light]]:
        """Counts by facet, and the rows that pass all filters; unless `rows` are the whole, only facets without a filter are counted."""
        counts: dict[str, Counter] = {name: Counter() for name in ("category", "ready", "guaranteed", "place", "currency", "have")}
        counts |= {f"a.{code}": Counter() for code in self.facet_codes}
        alone: Counter = Counter()
        passed = []
        lineage = self.tree.lineage
        for row in rows:
            failed = self.checks(row)
            if not failed:
                passed.append(row)
            elif len(failed) == 1:
                alone[failed[0]] += 1
            else:
                continue
            only = failed[0] if failed else ""
            for name, values in (
                ("category", lineage.get(row.category_id, ())), ("ready", (row.ready,)), ("guaranteed", (row.guarantee > 0,)),
                ("place", (row.place,)), ("currency", (row.currency,)), ("have", row.wanted),
                *((f"a.{code}", _values(row, code)) for code in self.facet_codes),
            ):  # fmt: skip
                if not only or only == name:
                    counted = counts[name]
                    for value in values:  # Counter.update would first ask what kind of thing it was given
                        counted[value] += 1
        if not whole:
            counts = {name: counted for name, counted in counts.items() if name not in self.conditions()}
        return counts | {"alone": alone}, passed

    @cached_property
    def facet_codes(self) -> list[str]:
        return [attribute.code for attribute in self.search.fields]

    def mine(self, rows: Sequence[Light]) -> int:
        own = set(self.search.own_categories)
        return sum(1 for row in rows if own.intersection(row.wanted))


def _any(kind: str, values: Sequence[str]) -> Q:
    return Q(search=TokenQuery(one_of(facet(kind, value) for value in values)))


def _values(row: Light, code: str) -> set[str]:
    value = row.attributes.get(code) if isinstance(row.attributes, dict) else None
    return set() if value is None else {str(one) for one in (value if isinstance(value, list) else [value])}
