from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField

from ..schema import KINDS, read_choices
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

    code = forms.RegexField(
        r"^[A-Z]{3}(-[A-Z0-9]{2,6}){0,2}$", label=_("code"), max_length=16,
        help_text=_("Three capital letters, below another category with a dash and more, for example PAP-BOX; it cannot be changed later."),
    )  # fmt: skip
    slug = forms.SlugField(
        label=_("address"), max_length=40, help_text=_("The last part of its page's address; it cannot be changed later.")
    )
    parent = forms.ChoiceField(label=_("Below"), required=False, help_text=_("Empty: at the top."))
    field_order = ["request_key", "parent", "code", "slug"]

    def __init__(self, *args, parents=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", "—"), *((c.code, f"{'　' * (c.level - 1)}{c.name}") for c in parents)]


class MoveForm(KeyedForm):
    """Where a category is to hang."""

    parent = forms.ChoiceField(label=_("Below"))

    def __init__(self, *args, parents=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [(c.code, f"{'　' * (c.level - 1)}{c.name}") for c in parents]


class AttributeForm(KeyedForm):
    """What staff may change of an attribute."""

    name_zh = LineField(label=_("name in Chinese"), max_length=40)
    name_en = LineField(label=_("name in English"), max_length=60)
    unit = LineField(label=_("unit"), max_length=16, required=False)
    choices = LinesField(
        label=_("choices"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line: code | Chinese | English."),
    )  # fmt: skip
    required = forms.BooleanField(label=_("asked for before a review"), required=False)
    low = PlainDecimalField(label=_("least"), max_digits=16, decimal_places=4, required=False)
    high = PlainDecimalField(label=_("most"), max_digits=16, decimal_places=4, required=False)
    facet = forms.BooleanField(label=_("shown as a filter"), required=False)
    position = PlainIntegerField(label=_("position"), min_value=0, max_value=9999, initial=0)

    def clean_choices(self):
        try:
            return read_choices(self.cleaned_data["choices"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class NewAttributeForm(AttributeForm):
    """A new attribute: its code and kind stay what they are now."""

    category = forms.CharField(widget=forms.HiddenInput, max_length=16)
    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{1,29}$", label=_("code"), help_text=_("Small letters, digits and underlines; it cannot be changed later.")
    )
    kind = forms.ChoiceField(label=_("kind"), choices=list(KINDS.items()))
    field_order = ["request_key", "category", "code", "kind"]
