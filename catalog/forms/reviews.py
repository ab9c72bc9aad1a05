from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField

from ..reasons import READY
from .keyed import KeyedForm


class ReviewForm(KeyedForm):
    """A reviewer's decision about the version that was read; `field_…` are reasons at single fields."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("reject", _("Send back"))], widget=forms.HiddenInput)
    ready = forms.MultipleChoiceField(
        label=_("Ready reasons"), choices=list(READY.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = LinesField(
        label=_("Reason for sending back"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The seller reads it; say what must change."),
    )  # fmt: skip

    def __init__(self, *args, names=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.names = list(names)
        for name in self.names:
            self.fields[f"field_{name}"] = LinesField(max_length=300, required=False)

    def field_reasons(self) -> dict[str, str]:
        return {name: text for name in self.names if (text := self.cleaned_data.get(f"field_{name}"))}


class TakedownForm(KeyedForm):
    """Why goods go off sale at once."""

    reason = LinesField(
        label=_("Reason for taking it down"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The seller reads it; orders already made keep their goods."),
    )  # fmt: skip


class BatchForm(KeyedForm):
    """Listings of one import that are approved together, each at the version that was read: "G1:3"."""

    listing = forms.MultipleChoiceField(required=False)

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["listing"].choices = [(choice, choice) for choice in choices]

    def versions(self) -> dict[str, int]:
        return {no: int(version) for no, _colon, version in (value.partition(":") for value in self.cleaned_data["listing"])}
