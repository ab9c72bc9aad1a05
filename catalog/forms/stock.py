from datetime import datetime, time, timedelta
from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.fields import LineField, PlainDecimalField
from kernel.workdays import SHANGHAI

from ..models import StockMovement
from ..rules import RESERVED_DAYS_MOST
from .keyed import KeyedForm

DAY = {"type": "date"}
capfirst_lazy = lazy(capfirst, str)


class MovementForm(KeyedForm):
    """Goods booked in, out, or counted anew, with the paper that shows it."""

    kept_paper = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    kind = forms.ChoiceField(label=_("What happened"), choices=[(code, capfirst_lazy(label)) for code, label in StockMovement.KINDS[:3]])
    quantity = PlainDecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, help_text=_("A correction may be negative."))
    reason = LineField(label=_("Reason"), max_length=200, help_text=_("For example: delivery from the mill, sold outside, damaged."))
    document_no = LineField(label=_("Document number"), max_length=40, required=False)
    paper = forms.FileField(
        label=_("Delivery note or picture"), required=False, help_text=_("PDF, JPG, PNG or WebP, up to 10 MB."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png,image/webp"}),
    )  # fmt: skip

    def keep(self, token: str) -> None:
        """Carry the token of a kept paper when the form is shown again."""
        self.data = self.data.copy()
        self.data["kept_paper"] = token

    @property
    def terms(self) -> dict:
        """What the service takes; only after is_valid()."""
        names = ("kind", "quantity", "reason", "document_no", "request_key")
        return {name: self.cleaned_data[name] for name in names} | {"paper": self.data.get("kept_paper", "")}


class ThresholdForm(KeyedForm):
    """From which free quantity on goods are low."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "low_%s", **kwargs})  # it stands beside another form

    low_at = PlainDecimalField(
        label=_("Tell us when free stock falls to"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"), required=False,
        help_text=_("Said once until the goods are restocked. Empty: never."),
    )  # fmt: skip


class UntilForm(KeyedForm):
    """A quantity that is kept until the end of a day, Beijing time."""

    quantity = PlainDecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    until = forms.DateField(
        label=_("Keep until (that day included)"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        help_text=_("What has not been ordered by then is free for everybody again."),
    )  # fmt: skip
    note = LineField(label=_("Note"), max_length=200, required=False, help_text=_("Both sides read it."))

    def clean_until(self):
        day = self.cleaned_data["until"]
        today = timezone.localtime(now(), SHANGHAI).date()
        if not today <= day < today + timedelta(days=RESERVED_DAYS_MOST):
            raise forms.ValidationError(_("Choose a day between today and %(days)s days from now.") % {"days": RESERVED_DAYS_MOST - 1})
        return datetime.combine(day, time(), SHANGHAI) + timedelta(days=1)


class ReservationForm(UntilForm):
    """Goods that a seller keeps for a buyer."""

    buyer = LineField(
        label=_("Buyer"),
        max_length=120,
        help_text=_("Its full name, its unified social credit code, or the last part of its page's address."),
    )
    field_order = ["request_key", "buyer", "quantity", "until", "note"]


class StaffReservationForm(ReservationForm):
    """The same for customer service, which names the goods by number and says why."""

    no = LineField(label=_("Number of the listing"), max_length=16, help_text=_("G… as it stands on the offer's page."))
    field_order = ["request_key", "no", "buyer", "quantity", "until", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].label, self.fields["note"].required = _("Reason"), True

    def clean_no(self):
        return self.cleaned_data["no"].upper()


class EndReservationForm(KeyedForm):
    """Why customer service gives a reservation up."""

    reason = LineField(label=_("Reason"), max_length=200, help_text=_("Both sides read it."))
