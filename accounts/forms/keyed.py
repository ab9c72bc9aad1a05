import secrets

from django import forms


def new_key() -> str:
    return secrets.token_urlsafe(16)


class KeyedForm(forms.Form):
    """A form that does its act once, however often it is sent (P6)."""

    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)
