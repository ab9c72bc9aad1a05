from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, PlainDecimalField

from ..models.units import UNITS
from .keyed import KeyedForm


class WantForm(KeyedForm):
    """What somebody looks for."""

    title = LineField(label=_("What you look for"), max_length=120, help_text=_("Goods and specification, for example kraft paper 150 g."))
    category = forms.ChoiceField(label=_("Category"))
    quantity = PlainDecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    can_give = LineField(label=_("What you can give for it"), max_length=200, required=False)

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Choose")), *((c.code, c.name) for c in categories)]
