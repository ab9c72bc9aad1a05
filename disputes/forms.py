import secrets

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LinesField

from .rules import CLASSES, OUTCOME_MAX, RESPONSIBLE, STATEMENT_MAX, STATEMENT_MIN


def new_key() -> str:
    return secrets.token_urlsafe(16)


class KeyedForm(forms.Form):
    """A form that does its act once, however often it is sent (P6)."""

    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)


class ComplaintForm(KeyedForm):
    complaint_class = forms.ChoiceField(
        label=pgettext_lazy("complaint", "What is it about?"),
        choices=[("", _("Choose…")), *CLASSES],
        help_text=_("The mediator checks this and may change it."),
    )
    statement = LinesField(
        label=_("What happened?"),
        help_text=_("What was agreed, what came instead, since when. The other party reads it too."),
        min_length=STATEMENT_MIN,
        max_length=STATEMENT_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class AcknowledgeForm(KeyedForm):
    complaint_class = forms.ChoiceField(label=_("Class"), choices=CLASSES)


class CloseForm(KeyedForm):
    responsible = forms.ChoiceField(label=_("Responsible"), choices=[("", _("Choose…")), *RESPONSIBLE])
    outcome = LinesField(
        label=_("Outcome"), help_text=_("Both parties read it."), max_length=OUTCOME_MAX, widget=forms.Textarea(attrs={"rows": 6})
    )
