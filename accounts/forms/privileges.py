from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField

from .keyed import KeyedForm


class PrivilegeForm(KeyedForm):
    """Which company becomes VIP, until when and why."""

    handle = forms.SlugField(label=_("Handle or registration number of the enterprise"), max_length=40)
    until = forms.DateField(
        label=_("Until and including"), required=False, help_text=_("Leave empty when it has no end."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    reason = LineField(label=_("Reason"), max_length=200)


class PrivilegeEndForm(KeyedForm):
    """Why a privilege ends."""

    reason = LineField(label=_("Reason for the end"), max_length=200)
