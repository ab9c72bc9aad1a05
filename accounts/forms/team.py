from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField

from ..permissions import GRID
from .keyed import KeyedForm


class BoxesForm(KeyedForm):
    """The permission grid of one sub-account."""

    boxes = forms.MultipleChoiceField(label=_("Permissions"), choices=GRID.items(), widget=forms.CheckboxSelectMultiple, required=False)


class SubAccountForm(BoxesForm):
    """A new log-in for a colleague, without an e-mail address of its own."""

    display_name = LineField(label=_("Name"), max_length=60)
    username = forms.CharField(label=_("User name"), max_length=30, help_text=_("Lower-case letters, digits and . _ - only."))
    password = forms.CharField(
        label=_("Password"), max_length=128, strip=False, help_text=_("At least 10 characters. Hand it over in person."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-capslock": ""}),
    )  # fmt: skip
    field_order = ["display_name", "username", "password", "boxes", "request_key"]


class NewPasswordForm(KeyedForm):
    """A new password for a sub-account."""

    password = forms.CharField(
        label=_("New password"), max_length=128, strip=False, help_text=_("The sub-account is logged out everywhere."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-capslock": ""}),
    )  # fmt: skip


class LogFilterForm(forms.Form):
    """What to look for in the operation log."""

    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    what = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args, people, names, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("Everybody")), *people.items()]
        self.fields["what"].choices = [("", _("Everything")), *names]
