from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.money import CREDIT, Money


class LimitForm(forms.Form):
    """A barter limit for one enterprise; `limit` comes out as Money."""

    enterprise = forms.CharField(label=_("Enterprise"), max_length=40, help_text=_("Handle or registration number"))
    limit = forms.DecimalField(
        label=_("New barter limit"), min_value=0, max_digits=15, decimal_places=2, help_text=_("In barter credit; 0 takes the limit away.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_limit(self) -> Money:
        return Money.of(self.cleaned_data["limit"], CREDIT)
