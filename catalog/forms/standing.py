from decimal import Decimal

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField, PlainDecimalField, PlainIntegerField

from .keyed import KeyedForm


class StandingForm(KeyedForm):
    """What staff may say of a seller until the rooms that know it do."""

    guarantee_active = forms.BooleanField(label=_("guarantee in force"), required=False)
    line = PlainDecimalField(
        label=_("guarantee line, US$"), max_digits=14, decimal_places=2, min_value=Decimal(0),
        help_text=_("The badge with this line is shown on the shop page, in search results and beside each product."),
    )  # fmt: skip
    completed_orders = PlainIntegerField(label=_("completed orders"), min_value=0, max_value=10_000_000)
    rating = PlainDecimalField(
        label=_("rating"), max_digits=3, decimal_places=2, min_value=Decimal(1), max_value=Decimal(5), required=False,
        help_text=_("From 1 to 5; leave it empty while nobody has rated this seller."),
    )  # fmt: skip


class NewStandingForm(StandingForm):
    """The same for a seller of whom nothing is known yet, named by its address."""

    handle = forms.CharField(
        label=_("address of the shop page"), max_length=40, validators=[RegexValidator(r"^[-a-zA-Z0-9_]+$")],
        help_text=_("The last part of the shop page's address: /firm/…/"),
    )  # fmt: skip
    field_order = ["request_key", "handle"]


class SynonymsForm(KeyedForm):
    """Words that mean the same, one a line."""

    terms = LinesField(
        label=_("words"), max_length=600, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line, Chinese and English as they come: who asks for one is shown all of them from the next question on."),
    )  # fmt: skip
    drop = forms.BooleanField(label=_("take this group away"), required=False)

    def lines(self) -> list[str]:
        """The words, one a line or between commas."""
        return [
            word.strip() for line in self.cleaned_data["terms"].splitlines() for word in line.replace("，", ",").split(",") if word.strip()
        ]
