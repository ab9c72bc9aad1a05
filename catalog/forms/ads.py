from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField

from .keyed import KeyedForm
from .wants import day_input

PLACES = [("home", _("Home page")), ("market", _("Marketplace")), ("category", _("Category page"))]


class AdForm(KeyedForm):
    """An advertisement: which goods, where, when, and a line beside them."""

    listing_no = forms.ChoiceField(label=_("Goods"))
    place = forms.ChoiceField(label=pgettext_lazy("advertisement", "Place"), choices=PLACES)
    category = forms.ChoiceField(label=_("Category"), required=False, help_text=_("For a category page only."))
    starts_on = forms.DateField(label=_("From"), widget=day_input())
    ends_on = forms.DateField(label=_("Until and including"), widget=day_input())
    words_zh = LineField(label=_("A line in Chinese"), max_length=40, required=False)
    words_en = LineField(label=_("A line in English"), max_length=80, required=False)

    def __init__(self, *args, goods, categories, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["listing_no"].choices = [("", _("Choose")), *((row.no, f"{row.title} · {row.no}") for row in goods)]
        self.fields["category"].choices = [("", "—"), *((c.code, c.name) for c in categories)]


class StaffAdForm(AdForm):
    """The same for staff, who name the goods of any VIP company by number."""

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, goods=(), categories=categories, **kwargs)
        self.fields["listing_no"] = forms.CharField(label=_("Number of the listing"), max_length=16)


class RejectAdForm(KeyedForm):
    """Why an advertisement is sent back."""

    reason = LineField(label=_("Reason"), max_length=200)
