from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField

from .keyed import KeyedForm


class SaveSearchForm(KeyedForm):
    """A name for a search, and how to be told."""

    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    name = LineField(label=pgettext_lazy("title", "Name"), max_length=80, help_text=_("So that you recognise the notices."))
    weekly = forms.BooleanField(label=_("Once a week instead of at once"), required=False)
    by_mail = forms.BooleanField(label=_("By mail as well"), required=False, initial=True)


class ChangeSearchForm(KeyedForm):
    """How to be told of a saved search."""

    paused = forms.BooleanField(label=_("Paused"), required=False)
    weekly = forms.BooleanField(label=_("Once a week instead of at once"), required=False)
    by_mail = forms.BooleanField(label=_("By mail as well"), required=False)
