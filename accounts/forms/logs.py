from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField


class LogFilterForm(forms.Form):
    """What to look for in the operation log."""

    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    what = forms.ChoiceField(label=_("What"), required=False)
    about = LineField(
        label=_("About"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("Number of an order, a listing …"), "autocomplete": "off"}),
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=pgettext_lazy("log", "Outcome"), required=False,
        choices=[("", _("Everything")), ("done", pgettext_lazy("outcome", "Done")), ("refused", pgettext_lazy("outcome", "Refused"))],
    )  # fmt: skip
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args, people, names, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("Everybody")), *people.items()]
        self.fields["what"].choices = [("", _("Everything")), *names]
