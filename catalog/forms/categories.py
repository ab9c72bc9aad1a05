from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, PlainDecimalField, PlainIntegerField

from .keyed import KeyedForm


class CategoryForm(KeyedForm):
    """What staff may change of a category."""

    name_zh = LineField(label=_("name in Chinese"), max_length=40)
    name_en = LineField(label=_("name in English"), max_length=60)
    hs = LineField(label=_("HS chapters"), max_length=60, required=False)
    vat_percent = PlainDecimalField(
        label=_("usual VAT rate, percent"), max_digits=4, decimal_places=1, min_value=Decimal(0), max_value=Decimal(100)
    )
    position = PlainIntegerField(label=_("position"), min_value=0, max_value=9999)


class NewCategoryForm(CategoryForm):
    """A new category: its code and address stay what they are now."""

    code = forms.RegexField(r"^[A-Z]{3}$", label=_("code"), help_text=_("Three capital letters; it cannot be changed later."))
    slug = forms.SlugField(
        label=_("address"), max_length=40, help_text=_("The last part of its page's address; it cannot be changed later.")
    )
    field_order = ["request_key", "code", "slug"]
