"""Rows of a listing's form that belong together: prices, lead times and units by quantity, fair value, kept files; read and filled in."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import LineField, PlainDecimalField, PlainIntegerField
from kernel.money import Money

from .. import rules
from ..models.units import UNITS
from ..schema import Field, read_values

FILES = 14  # eight photos, a video, five documents
KEY = re.compile(r"[0-9a-f]{40}", re.ASCII)
ALT = 120


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files under one name. Each is judged and kept by itself before the form is (see the view), so none is judged here."""

    widget = FilesInput

    def clean(self, data, initial=None):
        return list(data or ())


def quantity_field(label, **more) -> PlainDecimalField:
    return PlainDecimalField(label=label, max_digits=14, decimal_places=3, min_value=Decimal("0.001"), required=False, **more)


def price_field(label) -> PlainDecimalField:
    return PlainDecimalField(label=label, max_digits=15, decimal_places=3, min_value=Decimal("0.001"), required=False)


def add_rows(fields: dict) -> None:
    """The rows of a form that are numbered."""
    for n in range(1, rules.MAX_TIERS + 1):
        number = {"n": n}
        fields[f"tier_{n}_from"] = quantity_field(_("From quantity (price %(n)s)") % number)
        fields[f"tier_{n}_price"] = price_field(_("Price a unit (price %(n)s)") % number)
    for n in range(1, rules.MAX_LEAD_TIERS + 1):
        number = {"n": n}
        fields[f"lead_{n}_from"] = quantity_field(_("From quantity (time %(n)s)") % number)
        fields[f"lead_{n}_days"] = PlainIntegerField(
            label=_("Days (time %(n)s)") % number, min_value=0, max_value=365, required=False, help_text=_("Empty: negotiable.")
        )
    for n in range(1, rules.MAX_UNITS + 1):
        number = {"n": n}
        fields[f"unit_{n}"] = forms.ChoiceField(label=_("Further unit %(n)s") % number, choices=[("", "—"), *UNITS], required=False)
        fields[f"unit_{n}_factor"] = PlainDecimalField(
            label=_("One of it is, in the unit of the price (%(n)s)") % number, max_digits=14, decimal_places=6,
            min_value=Decimal("0.000001"), required=False,
        )  # fmt: skip


def add_attributes(fields: dict, schema: list[Field]) -> None:
    """One field for each attribute of the category's schema; what is wrong with a value is said by the schema itself."""
    for attribute in schema:
        label = f"{attribute.label} ({attribute.unit})" if attribute.unit else attribute.label
        if attribute.kind == "choice":
            made: forms.Field = forms.ChoiceField(label=label, choices=[("", "—"), *attribute.options()], required=False)
        elif attribute.kind == "yes_no":
            words = [("", "—"), ("yes", pgettext_lazy("attribute", "Yes")), ("no", pgettext_lazy("attribute", "No"))]
            made = forms.ChoiceField(label=label, choices=words, required=False)
        else:
            made = LineField(label=label, max_length=80, required=False)
        fields[f"a_{attribute.code}"] = made


class RowsMixin:
    """Reads the numbered rows of a bound form whose single fields were cleaned."""

    def read_rows(self, data: dict, currency: str) -> None:
        """Put tiers, lead tiers, units, attributes, fair value and files into the cleaned data, and errors at their fields."""
        data["tiers"] = self._pairs(data, "tier", "from", "price", rules.MAX_TIERS, lambda row: self._tier(row, currency))
        data["lead_tiers"] = self._pairs(data, "lead", "from", "days", rules.MAX_LEAD_TIERS, _lead, second_optional=True)
        data["units"] = self._pairs(data, "unit", "", "factor", rules.MAX_UNITS, lambda r: {"unit": r[0], "factor": _plain(r[1])})
        read = read_values(self.schema, {a.code: data.get(f"a_{a.code}") for a in self.schema})
        for code, sentence in read.faults.items():
            self.add_error(f"a_{code}", sentence)
        data["attributes"] = read.values
        data["fair_value"] = self._fair_value(data, currency)
        data["media"] = self.items()

    def _pairs(self, data, name, first, second, most, make, *, second_optional=False) -> list[dict]:
        found = []
        for n in range(1, most + 1):
            one, other = (f"{name}_{n}_{part}" if part else f"{name}_{n}" for part in (first, second))
            if self.has_error(one) or self.has_error(other):
                continue
            a, b = data.get(one), data.get(other)
            if a in (None, "") and b is None:
                continue
            if a in (None, ""):
                self.add_error(one, _("Say from which quantity this holds.") if first else _("Choose the unit."))
            elif b is None and not second_optional:
                self.add_error(other, _("Fill in this part of the row too, or empty the row."))
            elif made := self._made(other, make, (a, b)):
                found.append(made)
        return found

    def _made(self, name: str, make, row) -> dict | None:
        try:
            return make(row)
        except ValueError:
            self.add_error(name, _("More decimals than the currency has."))
            return None

    @staticmethod
    def _tier(row, currency: str) -> dict:
        return {"from": _plain(row[0]), "price": Money.of(row[1], currency or "CNY").minor}

    def _fair_value(self, data: dict, currency: str) -> dict:
        names = ("fair_method", "fair_source", "fair_date", "fair_low", "fair_high", "fair_appraiser")
        given = {name: data.get(name) for name in names}
        if not any(given.values()):
            return {}
        try:
            low, high = (Money.of(given[name], currency or "CNY").minor if given[name] else None for name in ("fair_low", "fair_high"))
        except ValueError:
            self.add_error("fair_low", _("More decimals than the currency has."))
            return {}
        return {
            "method": given["fair_method"], "source": given["fair_source"] or "", "low": low, "high": high,
            "date": given["fair_date"].isoformat() if given["fair_date"] else "", "appraiser": given["fair_appraiser"] or "",
        }  # fmt: skip

    # ---------- kept files: m_key_1, m_pos_1, m_alt_zh_1, m_alt_en_1, m_drop_1 … ----------

    def items(self) -> list[dict]:
        """The kept files that stay, in the order that was typed."""
        rows = []
        for n in range(1, FILES + 1):
            key = str(self.data.get(f"m_key_{n}", ""))
            if KEY.fullmatch(key) and not self.data.get(f"m_drop_{n}"):
                alts = {f"alt_{lang}": " ".join(str(self.data.get(f"m_alt_{lang}_{n}", "")).split())[:ALT] for lang in ("zh", "en")}
                rows.append((_position(self.data.get(f"m_pos_{n}"), n), n, {"key": key, **alts}))
        return [item for _pos, _n, item in sorted(rows, key=lambda row: row[:2])]

    def rewrite_items(self, items: list[dict]) -> None:
        """Carry these files when the form is shown again."""
        self.data = self.data.copy()
        for n in range(1, FILES + 1):
            for part in ("key", "pos", "alt_zh", "alt_en", "drop"):
                self.data.pop(f"m_{part}_{n}", None)
        for n, item in enumerate(items[:FILES], 1):
            self.data.update({f"m_key_{n}": item["key"], f"m_pos_{n}": str(n)})
            self.data.update({f"m_alt_{lang}_{n}": item.get(f"alt_{lang}", "") for lang in ("zh", "en")})


def _position(typed, n: int) -> int:
    text = str(typed or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else n


def _lead(row) -> dict:
    return {"from": _plain(row[0]), "days": row[1]}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def rows_of(terms: rules.Terms) -> dict:
    """Numbered rows of a listing as the form's initial values."""
    found: dict[str, object] = {}
    for n, tier in enumerate(terms.tiers, 1):
        price = Money(tier["price"], terms.price.currency).decimal
        found |= {f"tier_{n}_from": tier["from"], f"tier_{n}_price": f"{price.normalize():f}"}
    for n, tier in enumerate(terms.lead_tiers, 1):
        found |= {f"lead_{n}_from": tier["from"], f"lead_{n}_days": tier["days"]}
    for n, other in enumerate(terms.units, 1):
        found |= {f"unit_{n}": other["unit"], f"unit_{n}_factor": other["factor"]}
    for code, value in terms.attributes.items():
        found[f"a_{code}"] = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    if fair := terms.fair_value:
        found |= {
            "fair_method": fair["method"],
            "fair_source": fair["source"],
            "fair_date": fair["date"],
            "fair_appraiser": fair["appraiser"],
        }
        for name in ("low", "high"):
            found[f"fair_{name}"] = f"{Money(fair[name], terms.price.currency).decimal.normalize():f}"
    return found
