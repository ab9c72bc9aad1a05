"""The marketplace: what is on sale, cut by words and facets, in an order, one keyset page at a time, counted only as far as is cheap."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import QuerySet

from kernel.clock import now

from ..models import Listing
from ..ranking_rules import weights
from .asking import Asking, Search
from .pages import Ordered, Page, Part, keyset, keyset_of
from .ranking import NEW, best_parts, exactly, reasons_for, shown
from .tree import COUNT_CAP, Tree, market_tree, subtree_counts

SORTS = {"price": ("price_minor", "id"), "dear": ("-price_minor", "-id"), "new": NEW}


@dataclass(frozen=True)
class Result:
    page: Page
    total: int  # at most COUNT_CAP + 1
    facets: dict[str, Counter] = field(default_factory=dict)
    guessed: bool = False  # nothing had the words; these have words like them
    mine: int = 0  # how many of the results want what the visitor has, where all were read
    same: tuple[str, ...] = ()  # words that mean the same as the visitor's and were looked for as well
    asking: Asking | None = None

    @property
    def strictest(self) -> tuple[str, int]:
        """The one filter whose removal shows most, and how much; ("", 0) when none does."""
        return next(iter(self.facets.get("alone", Counter()).most_common(1)), ("", 0))

    @property
    def capped(self) -> bool:
        return self.total > COUNT_CAP

    def why(self, listing: Listing) -> list[tuple[str, int]]:
        """Why an offer of this page stands where it stands: (what, points); empty in other orders than the best match."""
        ranked = self.asking is not None and self.asking.search.sort == "best"
        return reasons_for(self.asking, listing, *self._ranking) if ranked else []

    @cached_property
    def _ranking(self) -> tuple:
        return weights(), now()


def newest_listings(limit: int = 6, *, ready: bool = False) -> list[Listing]:
    rows = shown(Listing.objects.live())
    return list((rows.filter(ready_to_ship=True) if ready else rows).order_by(*NEW)[:limit])


def offered_by(seller_id: int, *, after: str = "", before: str = "") -> Page:
    """A page of what one enterprise has on sale."""
    return keyset(shown(Listing.objects.live().filter(seller_id=seller_id)), NEW, after=after, before=before, size=20)


def market_page(search: Search, tree: Tree | None = None, *, after: str = "", before: str = "", size: int = 20) -> Result:
    """Find what is on sale; when no listing has the words, look for words like them (three letters or more)."""
    where = {"after": after, "before": before, "size": size}
    asking = Asking(search, tree or market_tree())
    result = _answer(asking, where)
    if not result.total and not result.strictest[1] and len(search.q) >= 3:
        guess = _answer(Asking(search, asking.tree, guessed=True), where)
        if guess.total:
            return guess
    return result


def _answer(asking: Asking, where: dict) -> Result:
    filters, words = asking.filters(), asking.worded()
    titled = asking.titled() if asking.words else words
    plain = not asking.conditions()
    if _known_many(asking) or (plain and asking.surely_many("titles")):
        return _many_answer(asking, best_parts(asking), where)
    first = _first(titled.filter(filters))
    if len(first) > COUNT_CAP:
        return _many_answer(asking, best_parts(asking), where)
    if not (plain and asking.surely_many("search")):
        found = _first(words.filter(filters)) if asking.words else first
        if len(found) <= COUNT_CAP:
            return _few(asking, words, found, where)
    return _many_answer(asking, best_parts(asking, asking.light(_these(first))), where)


def _known_many(asking: Asking) -> bool:
    """Whether the kept counts of categories say already that there are more than are counted."""
    if not asking.wordless or asking.given or set(asking.conditions()) - {"category"}:
        return False
    counts, chosen = subtree_counts(asking.tree), asking.search.categories or [root.code for root in asking.tree.roots]
    return max((counts.get(code, 0) for code in chosen), default=0) > COUNT_CAP


def _first(rows: QuerySet) -> list[int]:
    """As many of the ids as are counted, and one more when there are more; asked once, since a question of words is the dear part."""
    return list(rows.order_by().values_list("pk", flat=True)[: COUNT_CAP + 1])


def _many(rows: QuerySet) -> bool:
    """Whether there are more than are counted."""
    return bool(rows.order_by().values_list("pk", flat=True)[COUNT_CAP : COUNT_CAP + 1])


def _these(ids: list[int]) -> QuerySet:
    return Listing.objects.live().filter(pk__in=ids)


def _few(asking: Asking, words: QuerySet, found: list[int], where: dict) -> Result:
    """All results are in hand: counted by facet, ranked exactly."""
    filtered = bool(asking.conditions())
    whole = not filtered or not (asking.surely_many("search") or _many(words))
    rows = words if filtered and whole else _these(found)
    counts, passed = asking.count(asking.light(rows) if found or (filtered and whole) else [], whole=whole)
    if not passed and not whole:
        counts["alone"] = _without_each(asking, words)
    page = keyset_of([exactly(asking, passed) if asking.search.sort == "best" else _sorted(asking)], **where)
    return Result(page, len(passed), counts, asking.guessed, asking.mine(passed), _same(asking), asking)


def _many_answer(asking: Asking, parts: list[Part], where: dict) -> Result:
    page = keyset_of(parts if asking.search.sort == "best" else [_sorted(asking)], **where)
    return Result(page, COUNT_CAP + 1, {}, asking.guessed, 0, _same(asking), asking)


def _sorted(asking: Asking) -> Ordered:
    rows = shown(asking.worded().filter(asking.filters()))
    return Ordered(rows, SORTS.get(asking.search.sort, NEW))


def _without_each(asking: Asking, words: QuerySet) -> Counter:
    """For an empty page of many: how much each filter alone keeps back, counted to the cap."""
    found = {name: words.filter(asking.filters(but=name)).order_by().values_list("pk") for name in asking.conditions()}
    return Counter({name: len(rows[: COUNT_CAP + 1]) for name, rows in found.items()})


def _same(asking: Asking) -> tuple[str, ...]:
    """Other words that were looked for as well."""
    typed = asking.search.q.lower()
    terms = dict.fromkeys(term for terms in asking.synonyms.values() for term in terms) if asking.words else {}
    return tuple(term for term in terms if term.lower() not in typed)[:6]
