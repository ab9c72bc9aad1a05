from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, PlainDecimalField
from kernel.refusals import Refusal

from .keyed import KeyedForm

MODES = [("check", _("Check only: say what would happen, write nothing")), ("write", _("Check and write the good rows"))]
FORMATS = [("xlsx", _("Excel workbook")), ("csv", _("CSV (UTF-8)"))]
ACCEPT = ".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RefusedForm(KeyedForm):
    """A form that shows what a service refused at the fields that it names, else on top."""

    def show_refusal(self, refusal: Refusal) -> None:
        named = {name: text for name, text in refusal.params.get("fields", {}).items() if name in self.fields}
        for name, text in named.items():
            self.add_error(name, text)
        if not named:
            self.add_error(None, str(refusal))


class SheetForm(RefusedForm):
    """A file that is checked, or written."""

    file = forms.FileField(
        label=_("File"), help_text=_("Excel workbook (.xlsx) or CSV, up to 50 MB and 200,000 rows; heads as in the template."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("What to do"), choices=MODES, initial="check", widget=forms.RadioSelect)

    @property
    def sent(self) -> dict:
        """What the service takes; only after is_valid()."""
        upload = self.cleaned_data["file"]
        return {
            "body": upload.read(), "file_name": upload.name, "check_only": self.cleaned_data["mode"] == "check",
            "request_key": self.cleaned_data["request_key"],
        }  # fmt: skip


class GoodsSheetForm(SheetForm):
    """A file of goods."""

    hand_in = forms.BooleanField(
        label=_("Hand the good rows in for review at once"), required=False, help_text=_("Otherwise they become drafts.")
    )

    @property
    def sent(self) -> dict:
        return super().sent | {"hand_in": self.cleaned_data["hand_in"]}


class ExportForm(RefusedForm):
    """Which file is made."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "export_%s", **kwargs})  # it stands beside another form

    excel = forms.ChoiceField(label=_("Format"), choices=FORMATS, initial="xlsx", help_text=_("More than 20,000 rows always come as CSV."))

    def clean_excel(self):
        return self.cleaned_data["excel"] == "xlsx"


class StockExportForm(ExportForm):
    """Stock as it is, or what moved between two days."""

    WHAT = [("stock", _("Stock as it is now")), ("movements", _("Movements"))]
    what = forms.ChoiceField(label=_("What"), choices=WHAT)
    first = forms.DateField(label=_("Movements from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ["request_key", "what", "first", "last", "excel"]

    def clean(self):
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("This day lies before the first one."))
        return data


class CountNewForm(RefusedForm):
    """A stock count that begins."""

    title = LineField(label=_("Name of the count"), max_length=80, help_text=_("For example: year end, north warehouse."))
    category = forms.ChoiceField(label=_("Category"), required=False)
    everything = forms.BooleanField(label=_("Also goods of which the books hold none"), required=False)

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", _("All categories")), *((c.code, c.name) for c in categories)]


class CountedForm(RefusedForm):
    """What was counted of the lines of one page."""

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"counted-{line.pk}"] = PlainDecimalField(
                label=_("Counted: %(goods)s") % {"goods": line.listing.title}, max_digits=14, decimal_places=3, min_value=0, required=False,
                initial=None if line.counted is None else f"{line.counted.normalize():f}",
            )  # fmt: skip
            self.fields[f"reason-{line.pk}"] = LineField(
                label=_("Reason: %(goods)s") % {"goods": line.listing.title}, max_length=200, required=False, initial=line.reason
            )

    @property
    def rows(self) -> list[tuple]:
        """Each line with its two fields."""
        return [(line, self[f"counted-{line.pk}"], self[f"reason-{line.pk}"]) for line in self.lines]

    @property
    def counted(self) -> dict:
        """What the service takes: only what differs from what is written already."""
        data = self.cleaned_data
        told = {line.pk: (data[f"counted-{line.pk}"], data[f"reason-{line.pk}"] or "") for line in self.lines}
        return {line.pk: told[line.pk] for line in self.lines if told[line.pk] != (line.counted, line.reason)}


class CountSheetForm(RefusedForm):
    """A filled-in count sheet."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "sheet_%s", **kwargs})  # it stands beside another form

    file = forms.FileField(
        label=_("Filled-in count sheet"), widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )  # fmt: skip
    at = forms.DateTimeField(
        label=_("Counted at"), required=False,
        help_text=_("When the goods were counted; empty: now. What moved later is left out of account."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )  # fmt: skip

    def clean_at(self):
        at = self.cleaned_data["at"]
        return timezone.make_aware(at) if at and timezone.is_naive(at) else at


class CountBookForm(RefusedForm):
    """Why the books and the shelves differ."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "book_%s", **kwargs})  # it stands beside another form

    reason = LineField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Stands on every correction that has no reason of its own.")
    )
