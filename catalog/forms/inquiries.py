from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LinesField

from .keyed import KeyedForm


class MessageForm(KeyedForm):
    """What one enterprise writes to another."""

    body = LinesField(label=_("Your message"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))


class OfferForm(MessageForm):
    """The same to somebody who looks for something, with own goods that fit."""

    offered_no = forms.ChoiceField(label=_("Goods you offer"), required=False)
    field_order = ("request_key", "offered_no", "body")

    def __init__(self, *args, goods, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["offered_no"].choices = [
            ("", _("None yet; I write what I can offer")),
            *((row.no, f"{row.title} · {row.no}") for row in goods),
        ]
