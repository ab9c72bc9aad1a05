from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LinesField, PlainDecimalField

from ..models import SpendingLimit
from .keyed import KeyedForm


def fen(amount: Decimal | None) -> int | None:
    """Typed yuan as CNY fen."""
    return None if amount is None else int(amount.scaleb(2))


def yuan(minor: int | None) -> str:
    """CNY fen as they are typed."""
    return "" if minor is None else f"{Decimal(minor).scaleb(-2):.2f}"


class AskForm(KeyedForm):
    """A request for approval: the act that was refused, sealed, and a word to whoever decides."""

    ticket = forms.CharField(widget=forms.HiddenInput, max_length=64 * 1024)
    note = LinesField(
        label=_("Note to the approver"), help_text=_("Why this trade is good for the company."), max_length=400, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class DecisionForm(KeyedForm):
    """Approve or refuse; a refusal says why."""

    verdict = forms.ChoiceField(
        choices=[("approve", _("Approve")), ("reject", pgettext_lazy("approval", "Refuse"))], widget=forms.HiddenInput
    )
    note = LinesField(
        label=_("Note to your colleague"), help_text=_("Needed when you refuse."), max_length=400, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class LimitForm(KeyedForm):
    """What a sub-account may commit to alone."""

    per_order = PlainDecimalField(
        label=_("Limit per order, in yuan"), help_text=_("Empty: no limit per order. 0: every order needs approval."),
        min_value=0, max_digits=14, decimal_places=2, required=False,
    )  # fmt: skip
    per_period = PlainDecimalField(
        label=_("Limit per period, in yuan"),
        help_text=_("Empty: no limit. Counted are proposals sent, trades confirmed and refunds approved."),
        min_value=0, max_digits=14, decimal_places=2, required=False,
    )  # fmt: skip
    period = forms.ChoiceField(label=pgettext_lazy("limit", "Period"), choices=SpendingLimit.PERIODS, initial="month")


class ThresholdForm(KeyedForm):
    """From which value on acts of sub-accounts need approval."""

    above = PlainDecimalField(
        label=_("Approval needed above, in yuan"), help_text=_("For every sub-account, whatever its own limits. Empty: no threshold."),
        min_value=0, max_digits=14, decimal_places=2, required=False,
    )  # fmt: skip


class StandInForm(KeyedForm):
    """Who approves in one's place, and on which days."""

    taker_id = forms.TypedChoiceField(label=_("Stand-in"), coerce=int, choices=[])
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Until and including"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args, people: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["taker_id"].choices = [("", _("Choose…")), *((str(pk), name) for pk, name in people.items())]
