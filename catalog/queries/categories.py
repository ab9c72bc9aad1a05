from django.db import connection
from django.db.models import F

from kernel.refusals import NotFound

from ..models import Category

COUNT_CAP = 1000  # what is counted for people; beyond it a page says "more than"


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
    """Listings on sale by category code, each counted to COUNT_CAP + 1 at most: thirteen short index scans, whatever the table's size."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code, (SELECT count(*) FROM ("
            "SELECT 1 FROM catalog_listing l WHERE l.category_id = c.id AND l.state = 'live' LIMIT %s) x)"
            " FROM catalog_category c WHERE c.parent_id IS NULL",
            [COUNT_CAP + 1],
        )
        return dict(cursor.fetchall())


def category_names() -> dict[str, str]:
    """Codes of categories by everything a file may call them: code, address, name in Chinese and in English."""
    found = {}
    for category in Category.objects.order_by(F("parent").asc(nulls_first=True), "position", "pk"):
        for name in (category.code, category.slug, category.name_zh, category.name_en):
            found.setdefault(" ".join(name.split()).casefold(), category.code)
    return found
