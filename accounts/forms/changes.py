from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField
from kernel.refusals import Refusal

from .. import rules
from ..models import FieldVerdict
from .keyed import KeyedForm


def _province(country: str):
    if country != "CN":
        return LineField(label=_("Province or state"), max_length=40, required=False)
    english = (get_language() or "").startswith("en")
    names = [("", _("Choose")), *((zh, en if english else zh) for zh, en in rules.PROVINCES.items())]
    return forms.ChoiceField(label=_("Province"), choices=names)


def _registration_no(country: str):
    label = _("Unified social credit code") if country == "CN" else _("Registration number")
    return LineField(label=label, max_length=40)


def _licence_end(country: str):
    day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=_("Licence valid until"), required=False, widget=day, help_text=_("Leave empty when it has no end."))


def _bank_code(country: str):
    if country == "CN":
        return LineField(label=_("Bank code (CNAPS)"), max_length=20, help_text=_("12 digits; your bank tells you."))
    return LineField(label=_("SWIFT code"), max_length=20)


FIELDS = {
    "name": lambda country: LineField(label=_("Company name"), max_length=120, help_text=_("As on the business licence.")),
    "name_en": lambda country: LineField(label=_("Company name in English"), max_length=160, required=False),
    "registration_no": _registration_no,
    "licence_expires_on": _licence_end,
    "legal_representative": lambda country: LineField(label=_("Legal representative"), max_length=60),
    "province": _province,
    "address": lambda country: LineField(label=_("Registered address"), max_length=200),
    "phone": lambda country: LineField(label=_("Company phone"), max_length=40, help_text=_("With area code, for example 020-80000000.")),
    "bank_name": lambda country: LineField(label=_("Bank and branch"), max_length=80),
    "bank_code": _bank_code,
    "bank_account": lambda country: LineField(
        label=_("Account number"), max_length=50, help_text=_("The account must be in your company's own name.")
    ),
}


class ChangeForm(KeyedForm):
    """New values of one group of company data, the papers that prove them, and why; a file that arrived stays kept."""

    reason = LinesField(
        label=_("What has changed, and why"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reviewer reads it."),
    )  # fmt: skip

    def __init__(self, *args, group: rules.ChangeGroup, country: str, first: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.group = group
        for name in group.fields:
            self.fields[name] = FIELDS[name](country)
        for kind in group.papers:
            self.fields[kind] = forms.FileField(label=capfirst(rules.PAPER_KINDS[kind]), required=False)
        if group.sensitive and first:  # a corrected change stands on the consent given with it
            self.fields["consent"] = forms.BooleanField(
                label=rules.CONSENT, help_text=rules.CONSENT_HELP, error_messages={"required": rules.CONSENT_NEEDED}
            )
        self.order_fields(["request_key", *group.fields, *group.papers, "reason"])

    @property
    def entries(self):
        """The fields of the data themselves."""
        return [self[name] for name in self.group.fields]

    @property
    def uploads(self):
        """The fields of the papers."""
        return [self[kind] for kind in self.group.papers]

    def values(self) -> dict:
        """The new values, checked in shape."""
        return {name: self.cleaned_data[name] for name in self.group.fields}

    def place(self, refusal: Refusal) -> None:
        """Put a refusal at the field it names, else on top."""
        named = refusal.params.get("paper") or refusal.code.removesuffix("_invalid")
        self.add_error(named if named in self.fields else None, str(refusal))


class ChangeDecisionForm(KeyedForm):
    """A reviewer's verdicts on the fields of a change and the decision about it: `seen` is when the values were handed in."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    decision = forms.ChoiceField(
        choices=[(name, name) for name in ("take_up", "judge", "ask", "pass_on", "approve", "reject")], widget=forms.HiddenInput
    )
    reason = LinesField(
        label=_("Question or reason"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The company reads it. Needed for a question and for a refusal."),
    )  # fmt: skip

    def __init__(self, *args, names, **kwargs):
        super().__init__(*args, **kwargs)
        self.names = names
        for name in names:
            choices = [("", _("not compared yet")), *FieldVerdict.VERDICTS]
            self.fields[f"verdict_{name}"] = forms.ChoiceField(label=_("verdict"), choices=choices, required=False)
            self.fields[f"note_{name}"] = LineField(label=_("note to the company"), max_length=400, required=False)

    def verdicts(self) -> dict[str, tuple[str, str]]:
        """What was said on each field: {field: (verdict, note)}."""
        said = self.cleaned_data
        return {name: (said[f"verdict_{name}"], said[f"note_{name}"]) for name in self.names if said.get(f"verdict_{name}")}
