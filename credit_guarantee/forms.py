import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, PlainDecimalField
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


class ApproveForm(forms.Form):
    """One person's approval of a payment out of custody."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)


# ---------- bank statements ----------


class StatementUploadForm(forms.Form):
    """A statement file and the account that it is of."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
    currency = forms.ChoiceField(label=_("Account"))
    file = forms.FileField(
        label=_("Statement file"),
        help_text=_("As the bank exports it: CSV or Excel in one of the ICBC layouts, CAMT.053 or MT940. What it is, its content says."),
    )

    def __init__(self, *args, accounts=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [(a.currency, f"{a.currency} · {a.bank} · {a.number}") for a in accounts]


class ReasonedForm(forms.Form):
    """A proposal that needs nothing but its reason."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
    reason = LineField(label=_("Reason"), max_length=500, help_text=_("The colleague who decides reads it."))


class AllocateForm(ReasonedForm):
    """Which payments an entry pays and with how much; `lines` come out as (reference, Money, whether charges are borne)."""

    note_token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    note = forms.FileField(
        label=_("Third-party payment note"), required=False,
        help_text=_("Needed when the payer is not the company that owes the money: its signed statement that it pays for the other."),
    )  # fmt: skip

    def __init__(self, *args, currency: str, left: Money, suggestions=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.rows = []
        for n in range(len(suggestions) + 2):
            found = suggestions[n] if n < len(suggestions) else None
            names = [f"reference_{n}", f"amount_{n}", f"charges_{n}"]
            self.fields[names[0]] = LineField(
                max_length=12, required=False, initial=found.escrow.remittance_reference if found else "", label=_("Remittance reference")
            )
            first = min(found.due, left).decimal if found and not n and found.due.currency == left.currency and found.due else None
            self.fields[names[1]] = PlainDecimalField(required=False, min_value=0, label=_("Amount"), initial=first)
            self.fields[names[2]] = forms.BooleanField(required=False, label=_("the rest is bank charges"))
            self.rows.append((*names, found))

    def drawn(self) -> list[dict]:
        """The rows as the page shows them."""
        return [{"reference": self[r], "amount": self[a], "charges": self[c], "found": found} for r, a, c, found in self.rows]

    def clean(self):
        told, lines = super().clean(), []
        for reference, amount, charges, _found in self.rows:
            if told.get(amount) is None:
                continue  # a suggestion that nothing was entered for
            if not told.get(reference):
                self.add_error(reference, _("Name the payment that this amount is for."))
                continue
            try:
                lines.append((told[reference], Money.of(told[amount], self.currency), bool(told.get(charges))))
            except ValueError:
                self.add_error(amount, _("This is not an amount of this currency."))
        told["lines"] = lines
        return told


class ChosenForm(ReasonedForm):
    """A proposal about one of the rows that fit."""

    chosen = forms.CharField(max_length=20)

    def __init__(self, *args, choices=(), label="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"] = forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect)


class AnswerForm(forms.Form):
    """A second person's answer to a proposal."""

    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=_new_key)
    answer = LineField(label=_("Reason"), max_length=500, required=False)
