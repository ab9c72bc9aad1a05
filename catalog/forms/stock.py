import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import StockMovement


class MovementForm(forms.Form):
    """Goods booked in, out, or counted anew."""

    request_key = forms.CharField(widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(16))
    kind = forms.ChoiceField(label=_("What happened"), choices=StockMovement.KINDS[:3])
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, help_text=_("A correction may be negative."))
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("For example: delivery from the mill, sold outside, damaged."))
    document_no = forms.CharField(label=_("Document number"), max_length=40, required=False)
