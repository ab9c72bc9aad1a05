import secrets

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LinesField, PlainDecimalField
from kernel.money import Money

from .rules import CURRENCY, DEAL_CLASSES, DESCRIPTION_MAX, DESCRIPTION_MIN, REASON_MAX

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def new_key() -> str:
    return secrets.token_urlsafe(16)


def _question(label, help_text):
    """A yes or a no that must be given: leaving it out is not a no."""
    return forms.TypedChoiceField(
        label=label, help_text=help_text, choices=YES_NO, coerce=lambda value: value == "yes", widget=forms.RadioSelect
    )


class ApplicationForm(forms.Form):
    deal_class = forms.ChoiceField(label=_("Kind of deal"), choices=[("", _("Choose…")), *DEAL_CLASSES])
    volume = PlainDecimalField(
        label=_("Volume a year"),
        help_text=_("In yuan; convert other currencies at today's rate."),
        max_digits=15,
        decimal_places=2,
        min_value=1,
    )
    has_debt = _question(_("Are there debts to resolve?"), _("Claims or liabilities that the deal should settle."))
    unclear_regulation = _question(_("Is the regulation unclear?"), _("Rights, permits or cross-border rules that need a legal opinion."))
    description = LinesField(
        label=_("The deal in words"),
        help_text=_("What is exchanged for what, with whom, by when."),
        min_length=DESCRIPTION_MIN,
        max_length=DESCRIPTION_MAX,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)

    def clean_volume(self) -> Money:
        return Money.of(self.cleaned_data["volume"], CURRENCY)


class DecisionForm(forms.Form):
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_key)
    decision = forms.ChoiceField(choices=[("accept", _("Accept")), ("decline", pgettext_lazy("application", "Decline"))])
    reason = LinesField(
        label=_("Reason"), help_text=_("The applicant reads it."), max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 5})
    )
