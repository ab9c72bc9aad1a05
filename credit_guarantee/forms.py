import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import PlainDecimalField
from kernel.money import MAX_MINOR, Money


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


class SuspenseForm(ConfirmForm):
    """Money that nothing was waiting for; `amount` comes out as Money of the escrow's currency."""

    amount = PlainDecimalField(label=_("Amount that arrived"), min_value=0)

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].help_text = currency

    def clean_amount(self) -> Money:
        try:
            amount = Money.of(self.cleaned_data["amount"], self.currency)
        except ValueError as error:
            raise forms.ValidationError(_("This is not an amount of this currency.")) from error
        if not 0 < amount.minor <= MAX_MINOR:
            raise forms.ValidationError(_("The amount must be more than zero."))
        return amount
