from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField


class PersonForm(forms.Form):
    """What we ask beside allauth's own fields when somebody creates an account: how to call them."""

    display_name = LineField(
        label=_("Your name"), max_length=60, help_text=_("Colleagues and trading partners see it beside what you do."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    field_order = ["display_name", "email", "password1", "password2"]

    def signup(self, request, user):
        """Nothing more to do: the adapter has kept the name with the person."""
