from collections.abc import Iterable

from django.db.models import F

from kernel.refusals import NotFound

from ..models import Attribute, Category
from .tree import market_tree, subtree_counts


def categories() -> list[Category]:
    """The top-level categories, in their order."""
    return list(Category.objects.filter(parent=None, retired_at=None))


def category_tree(*, also: str = "") -> list[Category]:
    """Every category that new goods may be listed in, parents before their children; `also`: a retired one that is in use."""
    rows = [row for row in Category.objects.all() if row.retired_at is None or row.code == also]
    below: dict[str, list[Category]] = {}
    for row in rows:
        below.setdefault(row.path[-2] if len(row.path) > 1 else "", []).append(row)
    return _walk(below, "")


def _walk(below: dict[str, list[Category]], code: str) -> list[Category]:
    return [found for row in below.get(code, ()) for found in (row, *_walk(below, row.code))]


def subtree_codes(*codes: str) -> list[str]:
    """The codes of these categories and of everything below them; unknown ones name nothing."""
    wanted = [code for code in codes if code]
    return list(Category.objects.filter(path__overlap=wanted).order_by("pk").values_list("code", flat=True)) if wanted else []


def category_at(slug: str) -> Category:
    """A category of the market by its address, retired ones too while links lead there; raises NotFound."""
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        raise NotFound()
    return category


def category_by_code(code: str) -> Category | None:
    """A category that goods can be listed in; None for anything else."""
    return Category.objects.filter(code=code, retired_at=None).first()


def way_to(category: Category) -> list[Category]:
    """The categories from the top down to this one."""
    known = {row.code: row for row in Category.objects.filter(code__in=category.path)}
    return [known[code] for code in category.path if code in known]


def category_for_staff(pk) -> Category:
    """One category for its form in the back office; raises NotFound."""
    category = Category.objects.select_related("parent").filter(pk=_number(pk)).first()
    if category is None:
        raise NotFound()
    return category


def attribute_for_staff(pk) -> Attribute:
    """One attribute for its form in the back office; raises NotFound."""
    attribute = Attribute.objects.select_related("category").filter(pk=_number(pk)).first()
    if attribute is None:
        raise NotFound()
    return attribute


def _number(pk) -> int:
    return int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 10 else 0


def possible_parents(category: Category | None) -> Iterable[Category]:
    """Where a category may be moved to, or a new one hung: not below itself, not deeper than three levels."""
    rows = [row for row in category_tree() if row.level < 3]
    if category is None:
        return rows
    deepest = max((row.level for row in Category.objects.filter(path__contains=[category.code])), default=category.level)
    height = deepest - category.level + 1
    return [row for row in rows if category.code not in row.path and row.level + height <= 3]


def category_counts() -> dict[str, int]:
    """Listings on sale by top-level category's code, each counted to COUNT_CAP + 1 at most."""
    tree = market_tree()
    counts = subtree_counts(tree)
    return {branch.code: counts.get(branch.code, 0) for branch in tree.roots}


def category_names() -> dict[str, str]:
    """Codes of categories by everything a file may call them: code, address, name in Chinese and in English.

    Those that are in use come before retired ones: `listings` may keep the latter, and take no new goods.
    """
    found = {}
    for category in Category.objects.order_by(F("retired_at").asc(nulls_first=True), F("parent").asc(nulls_first=True), "position", "pk"):
        for name in (category.code, category.slug, category.name_zh, category.name_en):
            found.setdefault(" ".join(name.split()).casefold(), category.code)
    return found
