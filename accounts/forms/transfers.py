from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField, LinesField
from kernel.refusals import Refusal

from ..models import MainTransfer, TransferProof
from .freezes import phone_shape
from .keyed import KeyedForm


class TransferReportForm(KeyedForm):
    """What somebody says who is to hold a company's main account: which company, why, who they are, and the two proofs."""

    named = LineField(label=_("Company name"), max_length=120, help_text=_("As on the business licence."))
    registration_no = LineField(label=_("Unified social credit code"), max_length=40)
    cause = forms.ChoiceField(label=_("Why must the main account change hands?"), choices=MainTransfer.CAUSES, widget=forms.RadioSelect)
    story = LinesField(label=pgettext_lazy("freeze", "What happened"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    name = LineField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    role = LineField(
        label=_("What you are in the company"), max_length=60, help_text=_("For example: legal representative, owner, finance.")
    )
    email = forms.EmailField(
        label=_("Your e-mail address"), max_length=160, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The main account goes to this address: the link for its password is sent there. Nobody else may read it."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), max_length=32, validators=[phone_shape],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("We call back to check, also on the number we have on file for the company."),
    )  # fmt: skip
    licence = forms.FileField(label=_("Business licence"), required=False, help_text=_("PDF, JPG or PNG, at most 10 MB."))
    legal_rep_id = forms.FileField(label=_("Identity paper of the legal representative"), required=False)

    PROOFS = [kind for kind, _label in TransferProof.KINDS]

    def told(self) -> dict:
        """The cleaned fields as the service takes them."""
        data = self.cleaned_data
        plain = ("named", "registration_no", "cause", "story", "request_key")
        return {**{name: data[name] for name in plain}, "contact": {name: data[name] for name in ("name", "role", "phone", "email")}}

    def place(self, refusal: Refusal) -> None:
        """Put a refusal at the field it is about, else on top."""
        fields = {"email_invalid": "email", "cause_unknown": "cause", "paper_missing": refusal.params.get("kind")}
        self.add_error(fields.get(refusal.code), str(refusal))


class ObjectionForm(KeyedForm):
    """Why the holder of a main account objects to its transfer."""

    reason = LineField(label=_("Why do you object?"), max_length=400)


class TransferDecisionForm(KeyedForm):
    """A step of the desk in a transfer of a main account."""

    step = forms.ChoiceField(
        choices=[(s, s) for s in ("propose", "approve", "turn_down", "stop", "dismiss")], widget=forms.HiddenInput
    )  # fmt: skip
    enterprise = forms.IntegerField(required=False, min_value=1)
    keep_as_sub = forms.BooleanField(label=_("The old holder stays as a sub-account that only reads"), required=False)
    reason = LineField(label=_("Reason"), max_length=400, required=False)
