"""The fields of a payment in parts: a share, when it is due, a day, a name; an empty form means one payment."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.fields import LineField, PlainDecimalField
from kernel.money import Money
from kernel.workdays import SHANGHAI

from .schedules import DUE, STAGES_MOST, Instalment, schedule_fault

NAMES = ("percent", "due", "on", "label")


class PartsFields(forms.Form):
    """Up to six parts of the cash; mixed into a form that knows how much cash there is."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for i in range(1, STAGES_MOST + 1):
            number = {"n": i}
            made = {
                "percent": PlainDecimalField(
                    label=_("Part %(n)s, per cent") % number, min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
                ),
                "due": forms.ChoiceField(label=_("Part %(n)s is due") % number, choices=[("", "—"), *DUE], required=False),
                "on": forms.DateField(
                    label=_("Part %(n)s, due on") % number, required=False,
                    widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                ),
                "label": LineField(
                    label=_("Part %(n)s is called") % number, max_length=60, required=False,
                    help_text=_("Advance, sample approved, balance …") if i == 1 else "",
                ),
            }  # fmt: skip
            self.fields.update({f"part_{i}_{name}": field for name, field in made.items()})

    @property
    def part_rows(self):
        """The bound fields, row by row."""
        return [[self[f"part_{i}_{name}"] for name in NAMES] for i in range(1, STAGES_MOST + 1)]

    @property
    def parts_open(self) -> bool:
        """Whether something was typed into the parts, so that they are shown unfolded."""
        return any(field.errors or field.value() for row in self.part_rows for field in row)

    def _filled(self) -> list[int]:
        data = self.cleaned_data
        return [i for i in range(1, STAGES_MOST + 1) if any(data.get(f"part_{i}_{name}") for name in NAMES)]

    def parts(self) -> tuple[Instalment, ...]:
        """The parts as they were typed."""
        data, found = self.cleaned_data, []
        for i in self._filled():
            percent, due, on, label = (data.get(f"part_{i}_{name}") for name in NAMES)
            found.append(Instalment(int((percent or 0) * 100), due or "", on, label or ""))
        return tuple(found)

    def clean_parts(self, cash: Money) -> None:
        """Say at the field what keeps the parts from standing."""
        rows = self._filled()
        if any(f"part_{i}_{name}" in self.errors for i in range(1, STAGES_MOST + 1) for name in NAMES):
            return
        if fault := schedule_fault(self.parts(), cash, today=now().astimezone(SHANGHAI).date()):
            at, name, text = fault
            self.add_error(f"part_{rows[max(at, 0)]}_{name}", text)

    def part_pairs(self) -> list[tuple[str, object]]:
        """What was typed, for hidden fields."""
        return [(f"part_{i}_{name}", self.cleaned_data.get(f"part_{i}_{name}")) for i in self._filled() for name in NAMES]
