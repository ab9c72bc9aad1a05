"""The sections of a registration, one form each; what a section says is checked together with what the others say."""

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.fields import LineField

from .. import rules
from ..queries import Registration
from .keyed import KeyedForm


def _provinces():
    english = (get_language() or "").startswith("en")
    return [("", _("Choose")), *((zh, en if english else zh) for zh, en in rules.PROVINCES.items())]


class SectionForm(KeyedForm):
    """One section: begins with what was typed before and carries the reviewer's words at its fields."""

    section = ""

    def __init__(self, *args, told: Registration, **kwargs):
        super().__init__(*args, initial=told.values, **kwargs)
        self.told = told
        for name, verdict in told.notes(self.section).items():
            words = {"word": verdict.get_verdict_display(), "note": verdict.note}
            self.fields[name].help_text = _("The reviewer: %(word)s. %(note)s") % words

    def typed(self) -> dict[str, str]:
        """The section's values as text: the cleaned ones, and where a field is wrong, what was typed."""
        return {name: self._text(name) for name in rules.SECTIONS[self.section]}

    def _text(self, name: str) -> str:
        value = self.cleaned_data.get(name)
        if value is None:
            return "" if name in self.cleaned_data else self.data.get(name, "")
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    def clean(self):
        """Add what the rules say of this section's fields to what the fields say themselves."""
        given = super().clean()
        values = {**self.told.told, **{name: given.get(name) for name in rules.SECTIONS[self.section] if name in given}}
        problems = rules.particulars_problems(rules.normal_particulars(values), timezone.localdate(now()))
        for name in rules.SECTIONS[self.section]:
            if name in problems and name not in self.errors:
                self.add_error(name, problems[name])
        return given


class CompanyForm(SectionForm):
    """Who the company is and where."""

    section = "company"

    name = LineField(label=_("Company name"), max_length=120, help_text=_("As on the business licence."))
    name_en = LineField(label=_("Company name in English"), max_length=160, required=False)
    country = forms.ChoiceField(label=_("Country or region"), choices=rules.COUNTRIES.items())
    province = forms.ChoiceField(
        label=_("Province"), required=False, choices=_provinces, help_text=_("Outside mainland China leave it empty.")
    )
    address = LineField(label=_("Registered address"), max_length=200)
    province.needed = True  # in mainland China, by the rules of the room; the label says so
    phone = LineField(label=_("Company phone"), max_length=40, help_text=_("With area code, for example 020-80000000."))


class LicenceForm(SectionForm):
    """The business licence."""

    section = "licence"

    registration_no = LineField(
        label=_("Unified social credit code"), max_length=40, help_text=_("18 characters. Outside mainland China: the registration number.")
    )
    licence_expires_on = forms.DateField(
        label=_("Licence valid until"), required=False, help_text=_("Leave empty when it has no end."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip


class RepresentativeForm(SectionForm):
    """The legal representative."""

    section = "representative"

    legal_representative = LineField(
        label=_("Legal representative"), max_length=60, help_text=_("Kept encrypted; seen by you and by reviewers.")
    )


class TaxForm(SectionForm):
    """Tax number, and the bank account that money would be paid to."""

    section = "tax"

    tax_no = LineField(
        label=_("Taxpayer number"), max_length=40, required=False,
        help_text=_("Leave empty when it is the unified social credit code."),
    )  # fmt: skip
    bank_name = LineField(label=_("Bank and branch"), max_length=80, required=False)
    bank_code = LineField(
        label=_("Bank code"), max_length=20, required=False, help_text=_("CNAPS, 12 digits; outside mainland China SWIFT.")
    )
    bank_account = LineField(
        label=_("Account number"), max_length=60, required=False,
        help_text=_("An account in the company's name. Kept encrypted. You can add it later."),
    )  # fmt: skip


class PapersForm(SectionForm):
    """The three papers; a file that arrived stays kept when another has to be chosen again."""

    section = "papers"

    licence = forms.FileField(
        label=_("Business licence"), required=False, help_text=_("PDF, JPG or PNG, at most 10 MB; all four corners visible.")
    )
    legal_rep_id = forms.FileField(
        label=_("Identity paper of the legal representative"), required=False, help_text=_("Both sides, in one file.")
    )
    tax = forms.FileField(
        label=_("Tax registration certificate"), required=False,
        help_text=_("Where the licence is the tax certificate too (three in one), choose the licence once more."),
    )  # fmt: skip

    def typed(self) -> dict[str, str]:
        """Nothing: files are kept when they arrive."""
        return {}

    def clean(self):
        """Nothing beyond the fields: what is missing is asked after the files that came have been kept."""
        return self.cleaned_data


class HandInForm(KeyedForm):
    """The answers that were read, handed in."""

    answers = forms.CharField(widget=forms.HiddenInput, max_length=64)
    consent = forms.BooleanField(label=rules.CONSENT, help_text=rules.CONSENT_HELP, error_messages={"required": rules.CONSENT_NEEDED})


FORMS = {form.section: form for form in (CompanyForm, LicenceForm, RepresentativeForm, TaxForm, PapersForm)}
