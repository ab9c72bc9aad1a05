from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField

from ..models import Report
from .keyed import KeyedForm


class ReportForm(KeyedForm):
    """What is wrong with an offer or a request."""

    kind = forms.ChoiceField(label=_("What is wrong"), choices=Report.KINDS, widget=forms.RadioSelect)
    text = LinesField(
        label=_("What you saw"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Customer service reads it; whoever you report never learns who you are."),
    )  # fmt: skip


class DecideReportForm(KeyedForm):
    """What came of a report."""

    reason = LinesField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Whoever reported it reads this.")
    )


class UpholdReportForm(DecideReportForm):
    """The same where something is taken down for it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="up_%s", **kwargs)
        self.fields["reason"].help_text = _("Whoever reported it reads this, and the owner of what is taken down.")
