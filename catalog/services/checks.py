"""Terms are checked here before they are kept, whoever brings them: a form, a revision, an import (H52)."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.refusals import Refusal
from kernel.workdays import SHANGHAI

from .. import rules, schema
from ..models import Category, Listing
from ..queries.schemas import schema_of


def check_terms(terms: rules.Terms, category: Category, *, complete: bool) -> rules.Terms:
    """Return the terms with typed attributes; each refusal names its form fields in `fields`.

    Raises Refusal("terms_invalid"), Refusal("claims_banned") and, if `complete`, Refusal("listing_incomplete").
    """
    fields = schema_of(category)
    read = schema.read_values(fields, terms.attributes)
    faults = rules.faults(terms, today()) | {f"a_{code}": sentence for code, sentence in read.faults.items()}
    if faults:
        raise Refusal("terms_invalid", _sentences(faults), fields=faults)
    terms = replace(terms, attributes=read.values)
    if found := rules.claims_of(rules.texts_of(terms)):
        words = [word for said in found.values() for word in said]
        told = {name: rules.claims_told(said) for name, said in found.items()}
        raise Refusal("claims_banned", rules.claims_told(words), words=words, fields=told)
    if complete and (missing := rules.gaps(terms, fields)):
        raise Refusal("listing_incomplete", _sentences(missing), fields=missing)
    return terms


def today():
    """The day in the house's zone."""
    return timezone.localtime(now(), SHANGHAI).date()


def _sentences(fields: Mapping[str, object]) -> str:
    return " ".join(str(sentence) for sentence in fields.values())


def terms_of(listing: Listing) -> rules.Terms:
    """What a listing's columns say."""
    return rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in rules.COLUMNS})


def chosen_category(code: str, *, kept: int | None = None) -> Category:
    """The category of a code; raises Refusal("category_unknown"), for a retired one too unless it is the one `kept` so far."""
    category = Category.objects.filter(code=code).first()
    if category is None or (category.retired_at and category.pk != kept):
        raise Refusal("category_unknown", _("Choose one of the categories."), fields={"category": _("Choose one of the categories.")})
    return category


def write_columns(listing: Listing, terms: rules.Terms, category: Category) -> None:
    """Put checked terms into a listing's columns; the caller saves."""
    for name, value in terms.columns().items():
        setattr(listing, name, value)
    listing.category = category
    listing.attribute_lines = schema.lines(schema_of(category), terms.attributes)
