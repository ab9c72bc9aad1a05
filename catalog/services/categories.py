"""Categories: staff add, rename, move and retire them; who did what stands on the platform's chain (M40)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, lock, lock_all, record

from ..facts import CategoryAdded, CategoryChanged, CategoryDeleted, CategoryMoved, CategoryRetired
from ..models import Attribute, Category, Listing, Revision, Want
from ..models.categories import MAX_LEVEL
from ..permissions import ADD_CATEGORY, CHANGE_CATEGORY


@transaction.atomic
def add_category(
    *, actor, code: str, slug: str, name_zh: str, name_en: str, hs: str, vat_percent: Decimal, position: int, request_key: str,
    parent: str = "",
) -> Category:  # fmt: skip
    """Add a category below another (code), or at the top (staff); raises Refusal("category_taken") for a code or an address that
    another one has, Refusal("category_place") below one that is unknown, retired or on the lowest level.
    """
    require_staff(actor, ADD_CATEGORY)
    values = {"name_zh": name_zh, "name_en": name_en, "hs": hs, "vat_percent": vat_percent, "position": position}
    inputs = {"code": code, "slug": slug, "parent": parent, **values}
    claim = claim_key(request_key, verb="catalog.add_category", actor=actor, inputs=inputs)
    if claim.result_id:
        return Category.objects.get(pk=claim.result_id)
    above = _parent(parent)
    path = [*(above.path if above else []), code]
    try:
        with transaction.atomic():
            category = Category.objects.create(code=code, slug=slug, parent=above, path=path, **values)
    except IntegrityError as error:
        raise Refusal("category_taken", _("Another category has this code or address already.")) from error
    fact = CategoryAdded(category_id=category.pk, code=code)
    record(fact, actor=actor, subject=category, chains=[PLATFORM], changes={name: ["", str(value)] for name, value in inputs.items()})
    claim.done(category.pk)
    return category


@transaction.atomic
def change_category(
    pk: int, *, actor, name_zh: str, name_en: str, hs: str, vat_percent: Decimal, position: int, request_key: str
) -> Category:
    """Rename or reorder a category (staff); code and address stay, since listings and links hold them. Raises NotFound.

    Listings are found by the old name too until they are next saved.
    """
    require_staff(actor, CHANGE_CATEGORY)
    values = {"name_zh": name_zh, "name_en": name_en, "hs": hs, "vat_percent": vat_percent, "position": position}
    claim = claim_key(request_key, verb="catalog.change_category", actor=actor, inputs={"category": pk, **values})
    category = lock(Category.objects.all(), pk=pk)
    if claim.result_id:
        return category
    changes = {name: [str(getattr(category, name)), str(value)] for name, value in values.items() if getattr(category, name) != value}
    if changes:
        for name, value in values.items():
            setattr(category, name, value)
        category.save()
        record(CategoryChanged(category_id=pk, code=category.code), actor=actor, subject=category, chains=[PLATFORM], changes=changes)
    claim.done(pk)
    return category


def _parent(code: str, *, height: int = 1) -> Category | None:
    """The category that another, `height` levels high, is to hang below."""
    if not code:
        return None
    parent = Category.objects.filter(code=code, retired_at=None).first()
    if parent is None or parent.level + height > MAX_LEVEL:
        text = _("Choose a category in use; the tree has at most %(n)s levels.") % {"n": MAX_LEVEL}
        raise Refusal("category_place", text)
    return parent


@transaction.atomic
def move_category(pk: int, *, actor, parent: str, request_key: str) -> Category:
    """Hang a category with all below it under another one (code) (staff); code, address and listings stay.

    Raises Refusal("category_place") below itself, deeper than the tree may be, or for one of the top level, which stays there.
    """
    require_staff(actor, CHANGE_CATEGORY)
    claim = claim_key(request_key, verb="catalog.move_category", actor=actor, inputs={"category": pk, "parent": parent})
    tree = {row.pk: row for row in lock_all(Category.objects.all(), Category.objects.values_list("pk", flat=True))}  # moves queue
    category = tree.get(pk)
    if category is None:
        raise NotFound()
    if claim.result_id or category.path[-2:-1] == [parent]:
        return category
    below = [row for row in tree.values() if category.code in row.path]
    if category.parent_id is None or not parent:
        raise Refusal("category_place", _("A top-level category stays at the top, and nothing is moved there."))
    above = _parent(parent, height=max(row.level for row in below) - category.level + 1)
    if above is None or category.code in above.path:
        raise Refusal("category_place", _("A category cannot lie below itself."))
    before, start = list(category.path), category.level - 1
    for row in below:
        row.path = [*above.path, *row.path[start:]]
        if row.pk == pk:
            row.parent = above
        row.save()
    fact = CategoryMoved(category_id=pk, code=category.code)
    changes = {"path": ["/".join(before), "/".join(category.path)]}
    record(fact, actor=actor, subject=category, chains=[PLATFORM], changes=changes)
    claim.done(pk)
    return category


@transaction.atomic
def retire_category(pk: int, *, actor, retired: bool, request_key: str) -> Category:
    """Take a category and all below it out of the choices for new goods, or bring it back (staff); what is listed in it stays listed.

    Raises Refusal("category_place") when bringing one back below a retired one, or retiring one of the top level.
    """
    require_staff(actor, CHANGE_CATEGORY)
    claim = claim_key(request_key, verb="catalog.retire_category", actor=actor, inputs={"category": pk, "retired": retired})
    category = lock(Category.objects.all(), pk=pk)
    if claim.result_id or bool(category.retired_at) == retired:
        return category
    if category.parent_id is None:
        raise Refusal("category_place", _("The top-level categories are not retired; rename them instead."))
    if not retired and Category.objects.filter(pk=category.parent_id).exclude(retired_at=None).exists():
        raise Refusal("category_place", _("The category above is retired. Bring that one back first."))
    for row in lock_all(Category.objects.all(), Category.objects.filter(path__contains=[category.code]).values_list("pk", flat=True)):
        row.retired_at = now() if retired else None
        row.save()
    category.refresh_from_db()
    fact = CategoryRetired(category_id=pk, code=category.code, retired=retired)
    record(fact, actor=actor, subject=category, chains=[PLATFORM], changes={"retired": [str(not retired), str(retired)]})
    claim.done(pk)
    return category


@transaction.atomic
def delete_category(pk: int, *, actor, request_key: str) -> None:
    """Delete a category that nothing was ever put into (staff); raises Refusal("category_used") saying what is in it."""
    require_staff(actor, CHANGE_CATEGORY)
    claim = claim_key(request_key, verb="catalog.delete_category", actor=actor, inputs={"category": pk})
    if claim.result_id:
        return
    category = lock(Category.objects.all(), pk=pk)
    if category.parent_id is None:
        raise Refusal("category_used", _("A top-level category cannot be deleted."))
    if Category.objects.filter(parent=category).exists():
        raise Refusal("category_used", _("There are categories below this one. Move or delete them first."))
    used = Listing.objects.filter(category=category).exists() or Revision.objects.filter(category=category).exists()
    named = Listing.objects.filter(want_categories__contains=[category.code]).exists() or Want.objects.filter(category=category).exists()
    if used or named:
        raise Refusal("category_used", _("Listings or requests are in this category, so it cannot be deleted. Retire it instead."))
    fact = CategoryDeleted(category_id=pk, code=category.code)
    record(fact, actor=actor, subject=category, chains=[PLATFORM], changes={"code": [category.code, ""]})
    Attribute.objects.filter(category=category).delete()
    category.delete()
    claim.done(pk)
