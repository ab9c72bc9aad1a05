from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField, LinesField
from kernel.refusals import Refusal

from ..models import FreezeProof
from .keyed import KeyedForm

phone_shape = RegexValidator(
    r"^\+?[0-9][0-9 ()\-]{4,28}$", _("Digits, spaces, brackets and hyphens, such as 020-8000 0000 or +86 138 0000 0000.")
)


class FreezeReportForm(KeyedForm):
    """What somebody says who cannot log in: which company, who they are, what happened, and the two proofs."""

    named = LineField(label=_("Company name"), max_length=120, help_text=_("As on the business licence."))
    registration_no = LineField(label=_("Unified social credit code"), max_length=40, required=False)
    name = LineField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    role = LineField(
        label=_("What you are in the company"), max_length=60, help_text=_("For example: legal representative, owner, finance.")
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=32, validators=[phone_shape],
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("We call back on this number to check. An e-mail address or a phone number is enough."),
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail address"), required=False, max_length=160, widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("One that nobody else can read, if your company's mailbox may be stolen too."),
    )  # fmt: skip
    story = LinesField(label=pgettext_lazy("freeze", "What happened"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))
    licence = forms.FileField(label=_("Business licence"), required=False, help_text=_("PDF, JPG or PNG, at most 10 MB."))
    legal_rep_id = forms.FileField(label=_("Identity paper of the legal representative"), required=False)

    PROOFS = [kind for kind, _label in FreezeProof.KINDS]

    def told(self) -> dict:
        """The cleaned fields as the service takes them."""
        data = self.cleaned_data
        return {
            "named": data["named"], "registration_no": data["registration_no"], "story": data["story"],
            "request_key": data["request_key"], "contact": {name: data[name] for name in ("name", "role", "phone", "email")},
        }  # fmt: skip

    def place(self, refusal: Refusal) -> None:
        """Put a refusal at the field it is about, else on top."""
        fields = {"no_address": "phone", "paper_missing": refusal.params.get("kind")}
        self.add_error(fields.get(refusal.code), str(refusal))


class FreezeNowForm(KeyedForm):
    """Why the main account freezes its own company."""

    reason = LineField(label=pgettext_lazy("freeze", "What happened"), max_length=400)


class FreezeDecisionForm(KeyedForm):
    """A step of the desk in a freeze case."""

    step = forms.ChoiceField(
        choices=[(s, s) for s in ("freeze", "dismiss", "proof", "propose", "keep", "lift")], widget=forms.HiddenInput
    )  # fmt: skip
    enterprise = forms.IntegerField(required=False, min_value=1)
    reason = LineField(label=_("Reason"), max_length=400, required=False)
    kind = forms.ChoiceField(label=_("Kind of paper"), choices=FreezeProof.KINDS, required=False)
    paper = forms.FileField(label=_("File"), required=False)


class CloseForm(KeyedForm):
    """Closing for good: why, and the company's name typed as confirmation."""

    reason = LineField(label=_("Why do you close?"), max_length=400, required=False)
    typed_name = LineField(label=_("Type the name of your company"), max_length=160)
