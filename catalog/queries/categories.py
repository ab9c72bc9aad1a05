from kernel.refusals import NotFound

from ..models import Category
from .tree import category_tree, subtree_counts


def categories() -> list[Category]:
    return list(Category.objects.filter(parent=None))


def category_for_staff(pk) -> Category:
    """One category for its form in the back office; raises NotFound."""
    number = int(pk) if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 10 else 0
    category = Category.objects.filter(pk=number).first()
    if category is None:
        raise NotFound()
    return category


def category_counts() -> dict[str, int]:
    """Listings on sale by top-level category's code, each counted to COUNT_CAP + 1 at most."""
    tree = category_tree()
    counts = subtree_counts(tree)
    return {branch.code: counts.get(branch.code, 0) for branch in tree.roots}
