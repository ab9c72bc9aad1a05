"""What goods of a category are described by; staff keep it, and what listings already say stays readable (M40)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.refusals import NotFound, Refusal
from kernel.services import claim_key, lock, record

from ..facts import AttributeAdded, AttributeChanged
from ..models import Attribute, Category, Listing
from ..permissions import CHANGE_CATEGORY

Choices = tuple[tuple[str, str, str], ...]


@transaction.atomic
def add_attribute(
    *, actor, category: str, code: str, kind: str, name_zh: str, name_en: str, request_key: str, unit: str = "", choices: Choices = (),
    required: bool = False, low: Decimal | None = None, high: Decimal | None = None, facet: bool = False, position: int = 0,
) -> Attribute:  # fmt: skip
    """Describe goods of a category (code) and of all below it by one more attribute (staff); code and kind stay for good.

    Raises Refusal("attribute_taken"), Refusal("attribute_shape") for choices or a range that do not fit the kind, NotFound.
    """
    require_staff(actor, CHANGE_CATEGORY)
    values = {
        "name_zh": name_zh, "name_en": name_en, "unit": unit, "choices": [list(choice) for choice in choices], "required": required,
        "low": low, "high": high, "facet": facet, "position": position,
    }  # fmt: skip
    inputs = {"category": category, "code": code, "kind": kind, **values}
    claim = claim_key(request_key, verb="catalog.add_attribute", actor=actor, inputs=inputs)
    if claim.result_id:
        return Attribute.objects.get(pk=claim.result_id)
    row = Category.objects.filter(code=category).first()
    if row is None:
        raise NotFound()
    _refuse_shape(kind, values)
    try:
        with transaction.atomic():
            attribute = Attribute.objects.create(category=row, code=code, kind=kind, **values)
    except IntegrityError as error:
        raise Refusal("attribute_taken", _("This category has an attribute with this code already.")) from error
    fact = AttributeAdded(attribute_id=attribute.pk, category=category, code=code)
    record(fact, actor=actor, subject=attribute, chains=[PLATFORM], changes={name: ["", str(value)] for name, value in inputs.items()})
    claim.done(attribute.pk)
    return attribute


@transaction.atomic
def change_attribute(
    pk: int, *, actor, name_zh: str, name_en: str, request_key: str, unit: str = "", choices: Choices = (), required: bool = False,
    low: Decimal | None = None, high: Decimal | None = None, facet: bool = False, position: int = 0,
) -> Attribute:  # fmt: skip
    """Change an attribute's words and limits (staff); listings keep what they say and meet new limits when they are next edited.

    Raises Refusal("choice_used") when a choice is taken away that a listing has, Refusal("attribute_shape").
    """
    require_staff(actor, CHANGE_CATEGORY)
    values = {
        "name_zh": name_zh, "name_en": name_en, "unit": unit, "choices": [list(choice) for choice in choices], "required": required,
        "low": low, "high": high, "facet": facet, "position": position,
    }  # fmt: skip
    claim = claim_key(request_key, verb="catalog.change_attribute", actor=actor, inputs={"attribute": pk, **values})
    attribute = lock(Attribute.objects.select_related("category"), pk=pk)
    if claim.result_id:
        return attribute
    _refuse_shape(attribute.kind, values)
    _refuse_used_choices(attribute, {choice[0] for choice in values["choices"]})
    changes = {name: [str(getattr(attribute, name)), str(value)] for name, value in values.items() if getattr(attribute, name) != value}
    if changes:
        _save(attribute, values, changes, actor)
    claim.done(pk)
    return attribute


@transaction.atomic
def retire_attribute(pk: int, *, actor, retired: bool, request_key: str) -> Attribute:
    """Ask new listings no longer for an attribute, or again (staff); what listings say of it stays."""
    require_staff(actor, CHANGE_CATEGORY)
    claim = claim_key(request_key, verb="catalog.retire_attribute", actor=actor, inputs={"attribute": pk, "retired": retired})
    attribute = lock(Attribute.objects.select_related("category"), pk=pk)
    if not claim.result_id and bool(attribute.retired_at) != retired:
        _save(attribute, {"retired_at": now() if retired else None}, {"retired": [str(not retired), str(retired)]}, actor)
        claim.done(pk)
    return attribute


def _save(attribute: Attribute, values: dict, changes: dict, actor) -> None:
    for name, value in values.items():
        setattr(attribute, name, value)
    attribute.save()
    fact = AttributeChanged(attribute_id=attribute.pk, category=attribute.category.code, code=attribute.code)
    record(fact, actor=actor, subject=attribute, chains=[PLATFORM], changes=changes)


def _refuse_shape(kind: str, values: dict) -> None:
    if kind == "choice" and not values["choices"]:
        raise Refusal("attribute_shape", _("Give at least one choice."), field="choices")
    if kind != "choice" and values["choices"]:
        raise Refusal("attribute_shape", _("Only an attribute of the kind “choice” has choices."), field="choices")
    low, high = values["low"], values["high"]
    if kind != "number" and (low is not None or high is not None):
        raise Refusal("attribute_shape", _("Only a number has a least and a most."), field="low")
    if low is not None and high is not None and low > high:
        raise Refusal("attribute_shape", _("The least must not be above the most."), field="low")


def _refuse_used_choices(attribute: Attribute, kept: set[str]) -> None:
    gone = [code for code, _zh, _en in attribute.choices if code not in kept]
    inside = Listing.objects.filter(category__path__contains=[attribute.category.code])
    used = [code for code in gone if inside.filter(attributes__contains={attribute.code: code}).exists()]
    if used:
        text = _("Listings have these choices, so they stay: %(codes)s. Change their words instead.") % {"codes": ", ".join(used)}
        raise Refusal("choice_used", text, field="choices")
