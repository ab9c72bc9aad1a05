import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.fields import LineField, LinesField, PlainDecimalField
from kernel.money import Money
from kernel.refusals import Refusal

from ..models.listings import CURRENCIES
from ..models.units import UNITS
from ..needs import PLACES_MAX, Needs
from .keyed import KeyedForm

SEPARATORS = re.compile(r"[,，、;；\n]+")
DAY = {"format": "%Y-%m-%d", "attrs": {"type": "date"}}


def day_input() -> forms.DateInput:
    return forms.DateInput(**DAY)


class WantForm(KeyedForm):
    """What somebody looks for, and what they can give for it; `needs` is what the service takes beyond the first fields."""

    title = LineField(label=_("What you look for"), max_length=120, help_text=_("Goods and specification, for example kraft paper 150 g."))
    category = forms.ChoiceField(label=_("Category"))
    quantity = PlainDecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    attributes = LinesField(
        label=_("Properties"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One line each: name, colon, value. Offers that say something else under the same name are not announced to you."),
    )  # fmt: skip
    description_zh = LinesField(
        label=_("Description in Chinese"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    description_en = LinesField(
        label=_("Description in English"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    value_min = PlainDecimalField(label=_("Value from"), max_digits=15, decimal_places=3, min_value=0, required=False)
    value_max = PlainDecimalField(
        label=_("Value up to"),
        max_digits=15,
        decimal_places=3,
        min_value=0,
        required=False,
        help_text=_("Of the whole quantity, tax included."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES, required=False)
    places = LineField(label=_("Places of delivery"), max_length=200, required=False, help_text=_("Cities or ports, separated by commas."))
    needed_by = forms.DateField(label=_("Needed by"), required=False, widget=day_input())
    give_listings = forms.MultipleChoiceField(label=_("Your goods you would give"), required=False, widget=forms.CheckboxSelectMultiple)
    give_categories = forms.MultipleChoiceField(
        label=_("Or goods of these categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    gives_credit = forms.BooleanField(label=_("Barter credit"), required=False)
    gives_cash = forms.BooleanField(label=_("Cash"), required=False)
    can_give = LineField(label=_("What else you can give for it"), max_length=200, required=False)

    def __init__(self, *args, categories, goods=(), **kwargs):
        super().__init__(*args, **kwargs)
        choices = [(c.code, c.name) for c in categories]
        self.fields["category"].choices = [("", _("Choose")), *choices]
        self.fields["give_categories"].choices = choices
        self.fields["give_listings"].choices = [(row.no, row.title) for row in goods]
        if not goods:
            del self.fields["give_listings"]

    def clean_attributes(self):
        found = {}
        for line in filter(str.strip, self.cleaned_data["attributes"].splitlines()):
            name, _colon, value = (part.strip() for part in re.sub("：", ":", line, count=1).partition(":"))
            if not name or not value:
                raise forms.ValidationError(_("Write each line as name, colon, value."))
            found[name[:30]] = value[:120]
        return found

    def clean_places(self):
        found = list(dict.fromkeys(place.strip() for place in SEPARATORS.split(self.cleaned_data["places"]) if place.strip()))
        if len(found) > PLACES_MAX or any(len(place) > 40 for place in found):
            raise forms.ValidationError(_("At most %(max)s places, each of at most 40 characters.") % {"max": PLACES_MAX})
        return tuple(found)

    def clean(self):
        data = super().clean()
        data["currency"] = data.get("currency") or "CNY"
        for name in ("value_min", "value_max"):
            if data.get(name) is not None:
                try:
                    data[name] = Money.of(data[name], data["currency"])
                except ValueError:
                    self.add_error(name, _("More decimals than %(currency)s has.") % {"currency": data["currency"]})
        return data

    @property
    def asked(self) -> dict:
        """What the service takes by name; only after is_valid()."""
        names = ("title", "category", "quantity", "unit", "can_give", "request_key")
        return {name: self.cleaned_data[name] for name in names} | {"more": self.needs}

    @property
    def needs(self) -> Needs:
        data = self.cleaned_data
        names = (
            "attributes", "description_zh", "description_en", "value_min", "value_max", "currency", "places", "needed_by", "gives_credit",
            "gives_cash",
        )  # fmt: skip
        given = {name: tuple(data.get(name) or ()) for name in ("give_listings", "give_categories")}
        return Needs(**{name: data[name] for name in names}, **given)

    def show_refusal(self, refusal: Refusal) -> None:
        """Put a refusal at the fields that it names, else on top."""
        named = {name: text for name, text in refusal.params.get("fields", {}).items() if name in self.fields}
        for name, text in named.items():
            self.add_error(name, text)
        if not named:
            self.add_error(None, str(refusal))


class WantFilterForm(forms.Form):
    """What the list of requests is narrowed by; a wrong value narrows nothing."""

    place = LineField(label=_("Place of delivery"), max_length=40, required=False)
    gives = forms.ChoiceField(label=_("Can give"), required=False)
    due = forms.DateField(label=_("Needed by"), required=False, widget=day_input())

    def __init__(self, *args, categories, **kwargs):
        super().__init__(*args, **kwargs)
        words = [("", _("Anything")), ("credit", _("Barter credit")), ("cash", _("Cash"))]
        self.fields["gives"].choices = words + [(c.code, c.name) for c in categories]

    @property
    def asked(self) -> dict:
        """The values that are right."""
        self.full_clean()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


class HideForm(KeyedForm):
    """Why a request is taken down."""

    reason = LinesField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("The owner reads it."))
