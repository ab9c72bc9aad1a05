from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField

from .keyed import KeyedForm


class ReviewForm(KeyedForm):
    """A reviewer's decision about the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("reject", _("Send back"))], widget=forms.HiddenInput)
    reason = LinesField(
        label=_("Reason for sending back"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The seller reads it; say what must change."),
    )  # fmt: skip
