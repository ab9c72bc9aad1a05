import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import PlainDecimalField
from kernel.money import CREDIT, Money


def _new_key() -> str:
    return secrets.token_urlsafe(16)


class LimitForm(forms.Form):
    """A barter limit for one enterprise; `limit` comes out as Money."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)

    enterprise = forms.CharField(label=_("Enterprise"), max_length=40, help_text=_("Handle or registration number"))
    limit = PlainDecimalField(
        label=_("New barter limit"), min_value=0, max_digits=15, decimal_places=2, help_text=_("In barter credit; 0 takes the limit away.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_limit(self) -> Money:
        return Money.of(self.cleaned_data["limit"], CREDIT)
