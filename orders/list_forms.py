"""What a list of orders is narrowed to."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField

from .queries import NO_FILTERS, Filters


class OrderListForm(forms.Form):
    """Words, days and our part in the trade; a day that is none is named and narrows nothing."""

    q = LineField(
        label=_("Search"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Order no., company, goods, reference, waybill")}),
    )  # fmt: skip
    role = forms.ChoiceField(
        label=_("Our part"), required=False,
        choices=[
            ("", pgettext_lazy("part in a trade", "Any")), ("proposed", _("We proposed")), ("received", _("They proposed")),
            ("gives", _("We give goods")), ("gets", _("We get goods")),
        ],
    )  # fmt: skip
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def clean(self):
        data = super().clean()
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("The last day lies before the first."))
        return data

    def filters(self) -> Filters:
        """What was asked for as far as it is sound."""
        if not self.is_bound:
            return NO_FILTERS
        self.is_valid()
        data = self.cleaned_data
        return Filters(data.get("q") or "", data.get("since"), data.get("until"), data.get("role") or "")
