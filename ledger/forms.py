import re
import secrets
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField
from kernel.money import CREDIT, Money

from .models.limits import KINDS
from .models.rates import FOREIGN


def _new_key() -> str:
    return secrets.token_urlsafe(16)


class LimitForm(forms.Form):
    """A barter limit or highest balance for one enterprise; `limit` comes out as Money."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)

    kind = forms.ChoiceField(label=_("Which limit"), choices=KINDS, required=False)

    enterprise = forms.CharField(label=_("Enterprise"), max_length=40, help_text=_("Handle or registration number"))
    limit = PlainDecimalField(
        label=_("New limit"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        help_text=_("In barter credit; a barter limit of 0 takes it away."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or "debit"

    def clean_limit(self) -> Money:
        return Money.of(self.cleaned_data["limit"], CREDIT)


RATE_LINE = re.compile(r"(100)?\s*([A-Z]{3})(?:/CNY)?[\s=:,;]+([0-9]{1,6}(?:\.[0-9]{1,6})?)")


class RatesForm(forms.Form):
    """A source's rates of a day, as many lines as it prints; `rates` comes out as (currency, units, yuan)."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)

    source = LineField(
        label=_("Source of the rates"), max_length=80, help_text=_("As it is named in contracts, for example: CFETS central parity")
    )
    as_of = forms.DateField(label=_("Rates of the day"), widget=forms.DateInput(attrs={"type": "date"}))
    rates = LinesField(
        label=_("Rates"), max_length=2000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("One a line, as the source prints them: USD/CNY 7.0810, or 100JPY/CNY 4.6012."),
    )  # fmt: skip

    def clean_rates(self) -> list[tuple[str, int, Decimal]]:
        found: list[tuple[str, int, Decimal]] = []
        for number, line in enumerate(self.cleaned_data["rates"].splitlines(), 1):
            if not line.strip():
                continue
            read = RATE_LINE.fullmatch(line.strip().upper())
            if read is None or read[2] not in dict(FOREIGN):
                raise forms.ValidationError(
                    _("Line %(n)s cannot be read. Write for example: USD/CNY 7.0810. Currencies: %(known)s."),
                    params={"n": number, "known": ", ".join(dict(FOREIGN))},
                )
            if not Decimal(read[3]):
                raise forms.ValidationError(_("Line %(n)s: a rate is more than zero."), params={"n": number})
            if any(code == read[2] for code, _units, _cny in found):
                raise forms.ValidationError(_("Line %(n)s names a currency again."), params={"n": number})
            found.append((read[2], int(read[1] or 1), Decimal(read[3])))
        return found


class KeyForm(forms.Form):
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
