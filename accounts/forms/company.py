import secrets

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.clock import now

from .. import rules
from ..models import QualificationDocument
from ..services import Particulars

KINDS = dict(QualificationDocument.KINDS)
ACCEPT = "application/pdf,image/jpeg,image/png"


def request_key() -> str:
    return secrets.token_urlsafe(16)


class CompanyForm(forms.Form):
    """What a company says about itself, with its papers; `kept` names papers that are here already and need not be chosen again."""

    request_key = forms.CharField(widget=forms.HiddenInput, initial=request_key)
    country = forms.ChoiceField(label=_("Country or region of registration"), choices=list(rules.COUNTRIES.items()), initial="CN")
    name = forms.CharField(label=_("Company name"), max_length=120, help_text=_("As on the licence."))
    name_en = forms.CharField(label=_("Company name in English"), max_length=160, required=False)
    registration_no = forms.CharField(
        label=_("Unified social credit code"),
        max_length=40,
        help_text=_("18 characters. Companies from elsewhere enter their registration number."),
    )
    licence_expires_on = forms.DateField(
        label=_("Licence valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave empty when the licence has no end date."),
    )  # fmt: skip
    legal_representative = forms.CharField(label=_("Legal representative"), max_length=60)
    province = forms.CharField(
        label=_("Province or state"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "provinces"})
    )
    address = forms.CharField(label=_("Registered address"), max_length=200)
    phone = forms.CharField(label=_("Company phone"), max_length=32, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
    licence = forms.FileField(
        label=KINDS["licence"], widget=forms.FileInput(attrs={"accept": ACCEPT}), help_text=_("PDF, JPG or PNG, up to 10 MB.")
    )
    legal_rep_id = forms.FileField(label=KINDS["legal_rep_id"], required=False, widget=forms.FileInput(attrs={"accept": ACCEPT}))
    tax = forms.FileField(label=KINDS["tax"], required=False, widget=forms.FileInput(attrs={"accept": ACCEPT}))

    def __init__(self, *args, kept=None, on_file: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if on_file:
            self.fields["licence"].required = False
        self.show_kept(kept or {})

    def show_kept(self, kept: dict) -> None:
        """Say which papers are here already, so that nobody has to choose them twice."""
        for kind, document in kept.items():
            words = _("Kept: %(name)s. Choose a file only to replace it.") % {"name": document.file_name}
            self.fields[kind].required, self.fields[kind].help_text = False, words

    def clean(self):
        values = super().clean()
        country = values.get("country") or "CN"
        if "registration_no" in values:
            values["registration_no"] = rules.normal(values["registration_no"])
            self._say("registration_no", rules.registration_no_problem(country, values["registration_no"]))
        if "phone" in values:
            values["phone"] = rules.normal_phone(country, values["phone"])
            self._say("phone", rules.phone_problem(country, values["phone"]))
        if country == "CN" and "province" in values:
            values["province"] = rules.normal_province(values["province"])
            self._say("province", "" if values["province"] else _("Choose the province of the registered address."))
        self._say("licence_expires_on", rules.licence_problem(values.get("licence_expires_on"), timezone.localdate(now())))
        return values

    def _say(self, field: str, problem: str) -> None:
        if problem:
            self.add_error(field, problem)

    @property
    def particulars(self) -> Particulars:
        return Particulars(**{name: self.cleaned_data.get(name) for name in Particulars.__dataclass_fields__})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("The company reads it.")
    )
