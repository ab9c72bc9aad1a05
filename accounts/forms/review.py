from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField

from .keyed import KeyedForm

GROUP_LABELS = {
    "customer service": _("customer service"),
    "reviewer": _("reviewer"),
    "finance": _("finance"),
    "mediator": _("mediator"),
    "legal": _("legal affairs"),
    "assessor": _("assessor"),
    "account manager": _("account manager"),
    "auditor": _("auditor"),
}


class DecisionForm(KeyedForm):
    """A reviewer's decision about the registration as it was read: `seen` is when that one was handed in."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    decision = forms.ChoiceField(
        choices=[("take_up", _("Take up")), ("approve", _("Approve")), ("reject", _("Send back"))], widget=forms.HiddenInput
    )
    reason = LinesField(
        label=_("What has to be corrected"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The company reads it and can hand in again."),
    )  # fmt: skip


class StaffForm(KeyedForm):
    """Whether a person belongs to the staff, and in which groups."""

    is_staff = forms.BooleanField(label=_("Member of staff: may enter the back office"), required=False)
    groups = forms.MultipleChoiceField(label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, names, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["groups"].choices = [(name, GROUP_LABELS.get(name, name)) for name in names]
