"""Categories: staff add and rename them; who did what stands on the platform's chain (M40)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.refusals import Refusal
from kernel.services import claim_key, lock, record

from ..facts import CategoryAdded, CategoryChanged
from ..models import Category
from ..permissions import ADD_CATEGORY, CHANGE_CATEGORY


@transaction.atomic
def add_category(
    *, actor, code: str, slug: str, name_zh: str, name_en: str, hs: str, vat_percent: Decimal, position: int, request_key: str
) -> Category:
    """Add a top-level category (staff); raises Refusal("category_taken") for a code or an address that another one has."""
    require_staff(actor, ADD_CATEGORY)
    values = {"name_zh": name_zh, "name_en": name_en, "hs": hs, "vat_percent": vat_percent, "position": position}
    inputs = {"code": code, "slug": slug, **values}
    claim = claim_key(request_key, verb="catalog.add_category", actor=actor, inputs=inputs)
    if claim.result_id:
        return Category.objects.get(pk=claim.result_id)
    try:
        with transaction.atomic():
            category = Category.objects.create(code=code, slug=slug, **values)
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
