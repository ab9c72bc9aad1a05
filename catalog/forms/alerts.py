from decimal import Decimal, InvalidOperation

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField
from kernel.money import EXPONENTS

from .keyed import KeyedForm

KEPT = (
    "q",
    "give",
    "c",
    "ready",
    "place",
    "have",
    "cur",
    "min",
    "max",
)  # what of a market address is a search; the rest is how it is shown
LENGTH = 480


def search_in(text: str, codes) -> dict:
    """What a market address asks for, as the service takes it: q, categories, filters and the address itself without the rest."""
    asked = QueryDict(text[:2000], mutable=True)
    for name in list(asked):
        if name not in KEPT or not any(asked.getlist(name)):
            del asked[name]
    currency = asked.get("cur", "") if asked.get("cur") in EXPONENTS else ""
    low, high = _minor(asked.get("min"), currency or "CNY"), _minor(asked.get("max"), currency or "CNY")
    if (low is not None or high is not None) and not currency:
        currency = "CNY"
    filters = {
        "ready": bool(asked.get("ready")), "places": [p for p in asked.getlist("place") if p.isprintable()][:8], "currency": currency,
        "strict_currency": True, "price_min": low, "price_max": high,
    }  # fmt: skip
    known = set(codes)
    q = "".join(c for c in asked.get("q", "") if c.isprintable()).strip()[:100]
    return {"q": q, "categories": [c for c in asked.getlist("c") if c in known], "filters": filters, "query": asked.urlencode()[:LENGTH]}


def _minor(text: str | None, currency: str) -> int | None:
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    return int(value.scaleb(EXPONENTS[currency])) if value.is_finite() and 0 <= value < 10**12 else None


class SaveSearchForm(KeyedForm):
    """A name for a search, and how to be told."""

    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    name = LineField(label=pgettext_lazy("title", "Name"), max_length=80, help_text=_("So that you recognise the notices."))
    weekly = forms.BooleanField(label=_("Once a week instead of at once"), required=False)
    by_mail = forms.BooleanField(label=_("By mail as well"), required=False, initial=True)


class ChangeSearchForm(KeyedForm):
    """How to be told of a saved search."""

    paused = forms.BooleanField(label=_("Paused"), required=False)
    weekly = forms.BooleanField(label=_("Once a week instead of at once"), required=False)
    by_mail = forms.BooleanField(label=_("By mail as well"), required=False)
