"""What goods of a category are described by, inherited down the tree."""

from ..models import Attribute, Category
from ..schema import Field


def field_of(row: Attribute) -> Field:
    """An attribute's row as the value that the rules read."""
    return Field(
        code=row.code, kind=row.kind, zh=row.name_zh, en=row.name_en, unit=row.unit, required=row.required, low=row.low, high=row.high,
        choices=tuple(tuple(choice) for choice in row.choices), facet=row.facet,
    )  # fmt: skip


def attributes_of(category: Category) -> list[Attribute]:
    """The attributes in force for a category: those above first, a nearer one instead of its namesake above."""
    depth = {code: n for n, code in enumerate(category.path)}
    rows = Attribute.objects.filter(category__code__in=category.path, retired_at=None).select_related("category")
    chosen: dict[str, Attribute] = {}
    for row in sorted(rows, key=lambda row: (depth[row.category.code], row.position, row.pk)):
        chosen[row.code] = row
    return list(chosen.values())


def schema_of(category: Category) -> list[Field]:
    """The schema of a category, for checking and showing."""
    return [field_of(row) for row in attributes_of(category)]
