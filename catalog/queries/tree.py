"""The categories as a tree, and how many offers each has: small, asked by every page, so each process keeps them for some seconds."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.utils.translation import get_language

from ..models import Category

COUNT_CAP = 1000  # what is counted for people; beyond it a page says "more than"
T = TypeVar("T")
_kept: dict[str, tuple[float, object]] = {}


@dataclass(frozen=True)
class Branch:
    """One category as lists and facets show it."""

    pk: int
    code: str
    slug: str
    name_zh: str
    name_en: str
    parent_id: int | None

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


@dataclass(frozen=True)
class Tree:
    """All categories, in their order."""

    branches: tuple[Branch, ...] = field(default=())

    @cached_property
    def by_code(self) -> dict[str, Branch]:
        return {branch.code: branch for branch in self.branches}

    @cached_property
    def by_pk(self) -> dict[int, Branch]:
        return {branch.pk: branch for branch in self.branches}

    @cached_property
    def by_slug(self) -> dict[str, Branch]:
        return {branch.slug: branch for branch in self.branches}

    @cached_property
    def roots(self) -> list[Branch]:
        return [branch for branch in self.branches if branch.parent_id is None]

    def children(self, pk: int) -> list[Branch]:
        return self._children.get(pk, [])

    @cached_property
    def _children(self) -> dict[int | None, list[Branch]]:
        found: dict[int | None, list[Branch]] = {}
        for branch in self.branches:
            found.setdefault(branch.parent_id, []).append(branch)
        return found

    @cached_property
    def lineage(self) -> dict[int, tuple[str, ...]]:
        """The codes of each category and of all above it, from itself upwards."""
        found: dict[int, tuple[str, ...]] = {}
        for branch in self.branches:
            codes, here = [branch.code], branch
            while here.parent_id in self.by_pk and len(codes) < 8:
                here = self.by_pk[here.parent_id]
                codes.append(here.code)
            found[branch.pk] = tuple(codes)
        return found

    def below(self, codes: Iterable[str]) -> list[int]:
        """The ids of these categories and of all below them."""
        wanted = set(codes)
        return [pk for pk, above in self.lineage.items() if wanted.intersection(above)]


def market_tree() -> Tree:
    """The categories as they were at most CATALOG_CACHE_SECONDS ago."""
    return fresh("tree", _read_tree)


def _read_tree() -> Tree:
    rows = Category.objects.values_list("pk", "code", "slug", "name_zh", "name_en", "parent_id")
    return Tree(tuple(Branch(*row) for row in rows))


def way_in_tree(pk: int) -> list[Branch]:
    """The categories from the top down to this one, as they were CATALOG_CACHE_SECONDS ago; empty for one that is newer."""
    tree = market_tree()
    return [tree.by_code[code] for code in reversed(tree.lineage.get(pk, ()))]


def subtree_counts(tree: Tree | None = None) -> dict[str, int]:
    """Offers on sale by category code, those below it among them, each counted to COUNT_CAP + 1 at most."""
    return fresh("counts", lambda: _count_subtrees(tree or market_tree()))


def _count_subtrees(tree: Tree) -> dict[str, int]:
    """Short index scans, whatever the table's size; the few goods on sale of sellers that may not trade now are not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH unseen AS (SELECT l.category_id, count(*) AS n FROM catalog_listing l JOIN accounts_enterprise e ON e.id = l.seller_id"
            " WHERE e.state <> 'verified' AND l.state = 'live' GROUP BY l.category_id)"
            " SELECT c.id, (SELECT count(*) FROM (SELECT 1 FROM catalog_listing l WHERE l.category_id = c.id AND l.state = 'live'"
            " LIMIT %s + coalesce(u.n, 0)) x) - coalesce(u.n, 0)"
            " FROM catalog_category c LEFT JOIN unseen u ON u.category_id = c.id",
            [COUNT_CAP + 1],
        )
        own = dict(cursor.fetchall())
    counts: dict[str, int] = {}
    for pk, codes in tree.lineage.items():
        for code in codes:
            counts[code] = min(COUNT_CAP + 1, counts.get(code, 0) + own.get(pk, 0))
    return counts


def fresh(name: str, read: Callable[[], T]) -> T:
    """What `read` answered at most CATALOG_CACHE_SECONDS ago, under a name of its own."""
    seconds = settings.CATALOG_CACHE_SECONDS
    kept = _kept.get(name)
    if seconds and kept and time.monotonic() - kept[0] < seconds:
        return kept[1]  # type: ignore[return-value]
    value = read()
    _kept[name] = (time.monotonic(), value)
    return value
