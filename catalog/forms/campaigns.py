from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField

from .keyed import KeyedForm

MEDIA = [
    ("fair", _("trade fair")),
    ("trade_media", _("trade medium")),
    ("search", _("search engine")),
    ("mail", _("mail")),
    ("other", _("other")),
]


class CampaignForm(KeyedForm):
    """A tracking code and what it stands for."""

    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{1,31}$", label=_("Code"),
        help_text=_("Lower-case letters, digits and hyphens. Put it at the end of any public address as ?from=code."),
    )  # fmt: skip
    name = LineField(label=pgettext_lazy("title", "Name"), max_length=120)
    medium = forms.ChoiceField(label=_("Medium"), choices=MEDIA)
    note = LineField(label=_("Note"), max_length=200, required=False)
