"""Versions of a listing: what is proposed, what was approved when, and what changed between two of them."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actors import require
from kernel.money import Money

from .. import rules, schema
from ..models import Category, Listing, Revision
from ..models.revisions import OPEN
from ..models.units import UNIT_NAMES
from ..permissions import MANAGE_PRODUCTS
from .schemas import schema_of
from .tree import market_tree

LABELS = {
    "sku": _("Article number"), "category": _("Category"), "title_zh": _("Title in Chinese"), "title_en": _("Title in English"),
    "description_zh": _("Description in Chinese"), "description_en": _("Description in English"), "spec": _("Specification"),
    "attributes": _("Attributes"), "unit": _("Unit"), "units": _("Further units"), "price_minor": pgettext_lazy("amount", "Price"),
    "currency": _("Currency"), "tiers": _("Price by quantity"), "price_until": _("Price valid until"), "vat_percent": _("VAT rate"),
    "moq": _("Minimum order"), "tolerance": _("Quantity tolerance"), "ready_to_ship": _("Ready to ship"), "lead_days": _("Lead time"),
    "lead_tiers": _("Lead time by quantity"), "place": _("Ships from"), "packaging_zh": _("Packaging in Chinese"),
    "packaging_en": _("Packaging in English"), "origin": _("Place of origin"), "maker": _("Maker"), "hs_code": _("HS code"),
    "incoterm": _("Incoterm"), "incoterm_place": _("Named place"), "fair_value": _("Fair value"), "wants": _("Wants in exchange"),
    "want_categories": _("Categories you want goods from"), "media": _("Photos and documents"),
}  # fmt: skip
SHOWN = tuple(LABELS)


def open_revision_of(listing: Listing) -> Revision | None:
    """The change of a listing that is drafted, waits or was sent back; None when there is none."""
    return Revision.objects.filter(listing=listing, state__in=OPEN).select_related("category").first()


def proposed_changes(actor, listings) -> dict[int, Revision]:
    """Open revisions by listing, for a page of own listings."""
    require(actor, MANAGE_PRODUCTS)
    rows = Revision.objects.filter(listing__in=[row.pk for row in listings], state__in=OPEN).defer("terms")
    return {row.listing_id: row for row in rows}


def versions_of(listing: Listing) -> list[Revision]:
    """The newest fifty versions of a listing, for its reviewer and its seller."""
    return list(Revision.objects.filter(listing=listing).select_related("category").order_by("-version")[:50])


def what_changed(listing: Listing, since: int) -> list[str]:
    """How a listing's approved terms differ from an earlier approved version, in words for whoever agreed to that one."""
    rows = {row.version: row for row in Revision.objects.filter(listing=listing, version__in=[since, listing.version], state="applied")}
    old = rows.get(since)
    if old is None or since == listing.version:
        return []
    before, after = old.said, rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in rules.COLUMNS})
    names = [name for name in SHOWN if name in rules.differences(before, after)]
    return [_said_change(name, before, after) for name in names]


def _said_change(name: str, before: rules.Terms, after: rules.Terms) -> str:
    if name in ("price_minor", "moq", "lead_days", "unit", "place"):
        return f"{LABELS[name]}: {in_words(name, before)} → {in_words(name, after)}"
    return str(LABELS[name])


def in_words(name: str, terms: rules.Terms, fields=()) -> str:
    """One column of some terms as a reader sees it."""
    value = terms.columns()[name]
    if name == "price_minor":
        return f"{terms.price.decimal:,.{terms.price.exponent}f} {terms.price.currency} / {UNIT_NAMES.get(terms.unit, terms.unit)}"
    if name in _WORDS:
        return _WORDS[name](value, terms, fields)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return " · ".join(map(str, value))
    return "" if value is None else str(value)


def _lines(rows) -> str:
    return "\n".join(" / ".join(f"{line[lang][0]}: {line[lang][1]}" for lang in ("zh", "en") if line.get(lang)) for line in rows)


def _unit(terms: rules.Terms) -> str:
    return str(UNIT_NAMES.get(terms.unit, terms.unit))


def _tiers(rows, terms, _fields) -> str:
    return "\n".join(f"≥ {row['from']} {_unit(terms)}: {Money(row['price'], terms.price.currency)}" for row in rows)


def _leads(rows, terms, _fields) -> str:
    days = [(_("%(days)s days") % {"days": row["days"]} if row["days"] is not None else _("negotiable")) for row in rows]
    return "\n".join(f"≥ {row['from']} {_unit(terms)}: {told}" for row, told in zip(rows, days, strict=True))


def _fair(value: Mapping, terms, _fields) -> str:
    if not value:
        return ""
    low, high = (Money(value[name], terms.price.currency) for name in ("low", "high"))
    method = rules.FAIR_METHODS.get(value["method"], value["method"])
    return " · ".join(filter(None, [str(method), value["source"], value["date"], f"{low} – {high}", value.get("appraiser", "")]))


def _branch(code: str):
    return market_tree().by_code.get(code)


_WORDS = {
    "spec": lambda rows, _terms, _fields: _lines(rows),
    "attributes": lambda values, _terms, fields: _lines(schema.lines(fields, values)),
    "units": lambda rows, terms, _f: "\n".join(f"1 {UNIT_NAMES.get(r['unit'], r['unit'])} = {r['factor']} {_unit(terms)}" for r in rows),
    "unit": lambda value, terms, _fields: _unit(terms),
    "tiers": _tiers,
    "lead_tiers": _leads,
    "fair_value": _fair,
    "moq": lambda value, terms, _fields: f"{Decimal(value).normalize():f} {_unit(terms)}",
    "lead_days": lambda value, _terms, _fields: str(_("%(days)s days") % {"days": value}),
    "tolerance": lambda value, _terms, _fields: "" if value is None else f"± {Decimal(value).normalize():f} %",
    "vat_percent": lambda value, _terms, _fields: "" if value is None else f"{Decimal(value).normalize():f} %",
    "want_categories": lambda codes, _terms, _fields: " · ".join(branch.name if (branch := _branch(code)) else code for code in codes),
    "media": lambda rows, _terms, _fields: "\n".join(row["name"] for row in rows),
}


def side_by_side(old: tuple[rules.Terms, Category] | None, new: tuple[rules.Terms, Category]) -> list[dict]:
    """Every field of a proposed version beside the one on sale, in words, with a mark where they differ; empty ones left out."""
    terms, category = new
    fields = schema_of(category)
    before = {name: in_words(name, old[0], schema_of(old[1])) for name in SHOWN if name != "category"} if old else {}
    after = {name: in_words(name, terms, fields) for name in SHOWN if name != "category"}
    if old:
        before["category"] = old[1].name
    after["category"] = category.name
    rows = [{"name": name, "label": LABELS[name], "old": before.get(name, ""), "new": after[name]} for name in SHOWN]
    shown = [row for row in rows if row["old"] or row["new"]]
    for row in shown:
        row["changed"] = bool(old) and row["old"] != row["new"]
    return shown
