from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField
from kernel.refusals import Refusal

from .. import rules, services
from ..models import QualificationDocument
from .keyed import KeyedForm


def _provinces():
    english = (get_language() or "").startswith("en")
    return [("", _("Choose")), *((zh, en if english else zh) for zh, en in rules.PROVINCES.items())]


class RegistrationForm(KeyedForm):
    """A company's particulars and papers; a file that arrived stays kept when another field has to be corrected."""

    name = LineField(label=_("Company name"), max_length=120, help_text=_("As on the business licence."))
    name_en = LineField(label=_("Company name in English"), max_length=160, required=False)
    country = forms.ChoiceField(label=_("Country or region"), choices=rules.COUNTRIES.items(), initial="CN")
    registration_no = LineField(
        label=_("Unified social credit code"), max_length=40, help_text=_("18 characters. Outside mainland China: the registration number.")
    )
    province = forms.ChoiceField(label=_("Province"), required=False, choices=_provinces)
    address = LineField(label=_("Registered address"), max_length=200)
    phone = LineField(label=_("Company phone"), max_length=40, help_text=_("With area code, for example 020-80000000."))
    legal_representative = LineField(
        label=_("Legal representative"), max_length=60, help_text=_("Kept encrypted; seen by you and by reviewers.")
    )
    licence_expires_on = forms.DateField(
        label=_("Licence valid until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Leave empty when it has no end."),
    )
    licence = forms.FileField(
        label=_("Business licence"), required=False, help_text=_("PDF, JPG or PNG, at most 10 MB; all four corners visible.")
    )
    legal_rep_id = forms.FileField(label=_("Identity paper of the legal representative"), required=False)
    tax = forms.FileField(label=_("Tax registration certificate"), required=False, help_text=_("Only if you still have a separate one."))

    PAPERS = [kind for kind, _label in QualificationDocument.KINDS]

    def particulars(self) -> services.Particulars:
        """The cleaned fields as the service takes them."""
        names = services.Particulars.__dataclass_fields__
        return services.Particulars(**{name: self.cleaned_data[name] for name in names})

    def place(self, refusal: Refusal) -> None:
        """Put a refusal at the field it names, else on top."""
        field = refusal.code.removesuffix("_invalid")
        self.add_error(field if field in self.fields else ("licence" if refusal.code == "paper_missing" else None), str(refusal))
