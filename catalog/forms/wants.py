import secrets
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models.units import UNITS


class WantForm(forms.Form):
    """What an enterprise looks for."""

    request_key = forms.CharField(widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(16))
    title = forms.CharField(
        label=_("What you look for"), max_length=120, help_text=_("Goods and specification, for example kraft paper 150 g.")
    )
    category = forms.ChoiceField(label=_("Category"))
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    can_give = forms.CharField(label=_("What you can give for it"), max_length=200, required=False)

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("Choose")), *((c.code, c.name) for c in categories)]
