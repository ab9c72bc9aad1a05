from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.facts import FACTS

from .. import rules
from ..permissions import GRID
from .company import request_key


def grantable(actor):
    """The permissions an actor may offer to others, as choices."""
    return [(box, label) for box, label in GRID.items() if actor.is_main or box in actor.boxes]


def password_field() -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=_("Password"), max_length=128, strip=False, widget=widget, help_text=_("At least 10 characters."))


class BoxesForm(forms.Form):
    boxes = forms.MultipleChoiceField(
        label=_("Permissions"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Choose at least one permission.")}
    )

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["boxes"].choices = grantable(actor)


class SubAccountForm(BoxesForm):
    request_key = forms.CharField(widget=forms.HiddenInput, initial=request_key)
    username = forms.CharField(label=_("User name"), max_length=30)
    display_name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Shown in the operation log."))
    password = password_field()

    field_order = ["request_key", "username", "display_name", "password", "boxes"]

    def clean_username(self):
        name = self.cleaned_data["username"].strip().lower()
        if problem := rules.username_problem(name):
            raise forms.ValidationError(problem)
        return name


class PasswordForm(forms.Form):
    password = password_field()


class LogFilterForm(forms.Form):
    """Who, what and when of the operation log; anything unreadable in the address filters nothing."""

    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    what = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args, people: dict[int, str], names: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("Everybody")), *people.items()]
        self.fields["what"].choices = [("", _("Everything")), *((name, FACTS[name].fact_label) for name in names if name in FACTS)]

    @property
    def filters(self) -> dict:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
