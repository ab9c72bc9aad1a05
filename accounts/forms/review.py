from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField

from ..models import FieldVerdict
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


class VerdictForm(KeyedForm):
    """A verdict and a note on each field of a submission: `lines` are (field, label, entered value, label of the paper)."""

    def __init__(self, *args, lines, standing=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines, standing = lines, standing or {}
        choices = [("", _("Not compared yet")), *FieldVerdict.VERDICTS]
        for name, label, _value, _paper in lines:
            before = standing.get(name)
            self.fields[f"verdict_{name}"] = forms.ChoiceField(
                label=_("Verdict: %(field)s") % {"field": label}, choices=choices, required=False, initial=before.verdict if before else ""
            )
            self.fields[f"note_{name}"] = LineField(
                label=_("Note to the company: %(field)s") % {"field": label}, max_length=400, required=False,
                initial=before.note if before else "",
                widget=forms.TextInput(attrs={"size": 36, "placeholder": _("note to the company")}),
            )  # fmt: skip

    def verdicts(self) -> dict[str, tuple[str, str]]:
        """What was said, {field: (verdict, note)}; fields that were left open are left out."""
        said = {name: (self.cleaned_data[f"verdict_{name}"], self.cleaned_data[f"note_{name}"]) for name, *_rest in self.lines}
        return {name: pair for name, pair in said.items() if pair[0]}

    def place(self, refusal) -> None:
        """Put a refusal at the note or the reason it names, else on top."""
        field = f"note_{refusal.params['field']}" if "field" in refusal.params else "reason"
        self.add_error(field if refusal.code in ("note_missing", "reason_missing") else None, str(refusal))

    def rows(self):
        """For the page: (label, entered value, paper, verdict field, note field)."""
        return [(label, value, paper, self[f"verdict_{name}"], self[f"note_{name}"]) for name, label, value, paper in self.lines]


class DecisionForm(VerdictForm):
    """A reviewer's decision about the registration as it was read: `seen` is when that one was handed in."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    decision = forms.ChoiceField(
        choices=[
            ("take_up", _("Take up")), ("compare", _("Save the verdicts")), ("approve", _("Approve")), ("ask", _("Ask again")),
            ("reject", _("Send back")),
        ],
        widget=forms.HiddenInput,
    )  # fmt: skip
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
