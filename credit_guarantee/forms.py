import secrets

from django import forms
from django.utils.translation import gettext_lazy as _


def _new_key() -> str:
    return secrets.token_urlsafe(16)


class ConfirmForm(forms.Form):
    """What the custodian's booking is called."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
    custodian_reference = forms.CharField(
        label=_("Custodian's reference"), max_length=64, help_text=_("The number of the booking in the custodian's own records.")
    )


class RefuseForm(forms.Form):
    """Why the custodian will not do it."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
    reason = forms.CharField(label=_("Reason given by the custodian"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class RepeatForm(forms.Form):
    """Send a refused instruction again."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
