from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, PlainDecimalField

from ..models import StockMovement
from .keyed import KeyedForm


class MovementForm(KeyedForm):
    """Goods booked in, out, or counted anew."""

    kind = forms.ChoiceField(label=_("What happened"), choices=StockMovement.KINDS[:3])
    quantity = PlainDecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, help_text=_("A correction may be negative."))
    reason = LineField(label=_("Reason"), max_length=200, help_text=_("For example: delivery from the mill, sold outside, damaged."))
    document_no = LineField(label=_("Document number"), max_length=40, required=False)
