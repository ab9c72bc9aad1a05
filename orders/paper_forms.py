"""Forms of contracts, invoices and papers; they read what was typed, services decide. A file that arrived stays kept."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import Money

from .forms import KeyForm
from .models import RedForm
from .tax import FIELDS, RATES

IDENTITY = ("member_account", "company_name", "tax_no")
DAY = {"type": "date"}


class FileForm(KeyForm):
    """A form with a file; `kept` is the token of the one that came before, so that a mistake elsewhere does not lose it."""

    kept = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    file = forms.FileField(label=_("File"), required=False)


class ContractForm(FileForm):
    """What the contract should contain, whom to call, an own draft."""

    wanted = LinesField(
        label=_("What should the contract contain?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("For example: framework terms, penalty for delay, inspection by a third party, seal of both companies. The other "
                    "party reads it."),
    )  # fmt: skip
    contact = LineField(
        label=_("Contact for questions"), max_length=120, required=False,
        help_text=_("Name and phone or e-mail. Kept encrypted; only customer service and your company see it."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Own draft")
        self.fields["file"].help_text = _("PDF, JPG or PNG, at most 20 MB. Only customer service and your company see it.")
        self.order_fields(["request_key", "kept", "wanted", "contact", "file"])


class AnswerForm(KeyForm):
    answer = LinesField(label=_("Your answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))


class AcceptForm(KeyForm):
    """Exactly these bytes: the version and the hash that were on the page come back with it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10_000)
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    read = forms.BooleanField(label=_("I have opened and read this file and may bind my company."))


class ReasonForm(KeyForm):
    reason = LinesField(
        label=_("Reason"), help_text=_("The other side reads it."), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeskContractForm(FileForm):
    """What the desk does with a contract request: one form, the button says which."""

    act = forms.ChoiceField(choices=[(name, name) for name in ("take", "ask", "decline", "deliver")], widget=forms.HiddenInput)
    text = LinesField(label=_("Question or reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    signed = forms.BooleanField(label=_("Signed already, on paper or through a licensed provider"), required=False)
    online = forms.BooleanField(label=_("To be accepted online by both parties"), required=False)
    note = LineField(label=_("Note to both parties"), max_length=300, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("PDF, at most 20 MB, without scripts, attached files, links or a password.")


class ProfileForm(KeyForm):
    """What an enterprise keeps for its invoices; name, tax number and account come from the company itself."""

    address = LineField(label=_("Registered address"), max_length=200)
    phone = LineField(label=_("Phone"), max_length=32)
    bank_name = LineField(label=_("Bank and branch"), max_length=80)
    bank_account = LineField(label=_("Account number"), max_length=50, help_text=_("Kept encrypted."))


class InvoiceForm(ProfileForm):
    """The seven fields, the goods, a remark; `keep` saves the four that may change for the next time."""

    member_account = LineField(label=_("Member account"), max_length=80)
    company_name = LineField(label=_("Company name"), max_length=120)
    tax_no = LineField(label=_("Taxpayer number"), max_length=32)
    note = LineField(label=_("Remark on the invoice"), max_length=200, required=False)
    keep = forms.BooleanField(label=_("Keep address, phone and bank for the next invoice"), required=False)

    def __init__(self, *args, rooms, **kwargs):
        super().__init__(*args, **kwargs)
        self.rooms = rooms
        for name in IDENTITY:
            self.fields[name].widget.attrs["readonly"] = True
        for room in rooms:
            self.fields[f"line_{room.line.pk}"] = PlainIntegerField(
                label=str(room.line), min_value=0, max_value=10**9, required=False, initial=room.units,
                help_text=_("At most %(units)s") % {"units": room.units},
            )  # fmt: skip
        self.order_fields(["request_key", *FIELDS, *[f"line_{room.line.pk}" for room in rooms], "note", "keep"])

    @property
    def details(self):
        return [self[name] for name in FIELDS]

    @property
    def goods(self):
        return [self[f"line_{room.line.pk}"] for room in self.rooms]

    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in FIELDS}

    def quantities(self) -> dict[int, int]:
        return {room.line.pk: self.cleaned_data.get(f"line_{room.line.pk}") or 0 for room in self.rooms}


class NumberForm(FileForm):
    """The number, day and file of an invoice as the tax system gave them."""

    number = LineField(label=_("Invoice number"), max_length=24, help_text=_("20 digits, as the tax system gave it."))
    issued_on = forms.DateField(label=_("Date of issue"), widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("File of the invoice")
        self.fields["file"].help_text = _("PDF, OFD or XML, at most 10 MB.")
        self.order_fields(["request_key", "kept", "number", "issued_on", "gross", "file"])


class RegisterForm(NumberForm):
    """The blue invoice: also its total, typed once more, and the rate of each line."""

    gross = PlainDecimalField(label=_("Total with tax"), max_digits=15, decimal_places=2, min_value=0, help_text=_("As on the invoice."))

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"rate_{line.pk}"] = forms.TypedChoiceField(
                label=_("Tax rate of %(goods)s") % {"goods": line}, coerce=Decimal, initial=f"{line.rate.normalize():f}",
                choices=[(f"{rate:f}", f"{rate:f} % · {basis}") for rate, basis in RATES.items()],
            )  # fmt: skip
        self.order_fields(["request_key", "kept", "number", "issued_on", "gross", *[f"rate_{line.pk}" for line in lines], "file"])

    def money(self, currency: str) -> Money:
        return Money.of(self.cleaned_data["gross"], currency)

    def rates(self) -> dict[int, Decimal]:
        return {line.pk: self.cleaned_data[f"rate_{line.pk}"] for line in self.lines}


class RedEntryForm(KeyForm):
    """Why and how much of which line is taken back, tax included."""

    why = forms.ChoiceField(label=_("Reason"), choices=[("", _("Choose…")), *RedForm.REASONS])
    note = LineField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args, parts, **kwargs):
        super().__init__(*args, **kwargs)
        self.parts = parts  # [(line, minor units left)]
        for line, left in parts:
            rest = Money(left, line.currency)
            self.fields[f"line_{line.pk}"] = PlainDecimalField(
                label=str(line), max_digits=15, decimal_places=2, min_value=0, required=False, initial=rest.decimal,
                help_text=_("At most %(amount)s, tax included") % {"amount": f"{rest.decimal:,.2f}"},
            )  # fmt: skip
        self.order_fields(["request_key", "why", *[f"line_{line.pk}" for line, _left in parts], "note"])

    def amounts(self) -> dict[int, int]:
        data = self.cleaned_data
        return {line.pk: Money.of(data.get(f"line_{line.pk}") or 0, line.currency).minor for line, _left in self.parts}


class AgreeForm(KeyForm):
    agree = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], widget=forms.HiddenInput)


class PaperForm(KeyForm):
    kind = forms.ChoiceField(choices=[(name, name) for name in ("proforma", "contract", "delivery")])
    about = forms.IntegerField(required=False, min_value=0, max_value=2**62)


class StatementForm(KeyForm):
    """First and last day of a statement."""

    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY))
    ends_on = forms.DateField(label=_("To"), widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY))


class DeskInvoiceForm(forms.Form):
    """Which of the desk's acts a button is."""

    act = forms.ChoiceField(choices=[(name, name) for name in ("take", "refuse", "register", "register_red")])
