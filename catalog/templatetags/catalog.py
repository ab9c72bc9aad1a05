"""Tags for catalogue parts that other rooms' pages and the home page show."""

import re
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.rules import place_in_english, place_name
from kernel.money import Money
from kernel.templatetags.ui import art, filled, fit_bar, icon, money, own_words

from .. import queries, reasons, rules, search_rules
from ..forms import new_key
from ..models import unit_word

register = template.Library()


@register.filter
def quantity(value) -> str:
    """A quantity without needless zeros: 1,200 or 0.5."""
    return "" if value is None else f"{value.normalize():,f}"


@register.filter
def amount(value, goods) -> str:
    """A quantity in the unit of goods or of a request: 640 t, 1 box, 3 boxes."""
    return "" if value is None else f"{quantity(value)} {unit_word(goods.unit, value)}"


@register.simple_tag
def request_key():
    """The hidden token of a form that consists of a button alone (P6)."""
    return format_html('<input type="hidden" name="request_key" value="{}">', new_key())


@register.simple_tag
def market_categories() -> list[dict]:
    """The thirteen categories with how many offers each has (counted to 1000)."""
    tree = queries.market_tree()
    counts = queries.subtree_counts(tree)
    return [{"category": c, "n": counts.get(c.code, 0), "more": counts.get(c.code, 0) > 1000} for c in tree.roots]


@register.simple_tag
def newest_goods(limit: int = 6, ready: bool = False, but=()):
    """The newest offers, without those the page shows already."""
    shown = {listing.pk for listing in but}
    return [row for row in queries.newest_listings(limit + len(shown), ready=ready) if row.pk not in shown][:limit]


@register.simple_tag(takes_context=True)
def goods_of_visitor(context):
    """What the visitor can give; none for guests; read once a request."""
    request = context["request"]
    if not hasattr(request, "own_goods"):
        request.own_goods = queries.own_goods(request.actor)
    return request.own_goods


@register.simple_tag(takes_context=True)
def listing_card(context, listing, own=None, given: str = "", result=None):
    """One offer as a row: specification, wants, price, how much of it the visitor's goods cover, and why it stands where it stands."""
    own = own or queries.OwnGoods()
    actor = context["request"].actor
    mine = bool(actor.enterprise_id) and actor.enterprise_id == listing.seller_id
    place = place_of(listing.seller)
    if not mine:  # what an answer shows is counted when it is out (C06)
        shown = context["request"].__dict__.setdefault("shown", [])
        shown.append(listing.pk)
    fit = rules.fit_percent(own.worth.get(listing.currency, 0), listing.price_minor, listing.moq) if not mine and own.worth else 0
    return card({
        "url": _address("catalog:offer", listing.no), "title": listing.title, "photo": media_of(listing.photos),
        "drawing": art(listing.drawing), "firm": seller_name(listing.seller),
        "firm_url": _address("catalog:firm", listing.seller.handle),
        "record": _("Verified · %(place)s") % {"place": place} if listing.seller.badged else place,
        "spec": _spec(listing), "wants": _wants(listing.wants[:6], own, given), "price": money(listing.price, dec=False),
        "unit": listing.get_unit_display(), "quantity": supply(listing), "fit": _fit(fit, get_language()) if fit else "",
        "seal": _seal(listing.guarantee_minor, get_language()) if listing.guarantee_minor > 0 else "",
        "why": _why(result, listing), "propose_url": "" if mine else proposal_url(listing),
    })  # fmt: skip


ROW = "ui/listing_row.html"
SLOT = re.compile("slot-([a-z_]+)-")


def card(row: dict):
    """A row by its template, which is rendered once for each language and each set of what a row has; the values are put in later.

    Nothing of an offer is kept: only where the words of the template and the values stand.
    """
    has = tuple(name for name, value in row.items() if value)
    make = _shape.__wrapped__ if settings.DEBUG else _shape
    shape, slots = make(get_language(), has)
    return filled(shape, [row[name] for name in slots])


@lru_cache(maxsize=500)
def _shape(_language: str, has: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The template's text with a place for each value that it shows, and the names of the values in that order."""
    text = render_to_string(ROW, {"row": {name: f"slot-{name}-" for name in has}})
    return SLOT.sub("{}", text.replace("{", "{{").replace("}", "}}")), tuple(SLOT.findall(text))


@lru_cache(maxsize=2000)
def _seal(minor: int, _language: str):
    return render_to_string("ui/seal.html", {"amount": Money(minor, "USD")})


@lru_cache(maxsize=200)
def _fit(percent: int, _language: str):
    return render_to_string("ui/fit_bar.html", fit_bar(percent))


@lru_cache(maxsize=64)
def _around(name: str) -> tuple[str, str]:
    """What stands before and after the argument in the address of a named page: reversing one for each of twenty rows adds up."""
    before, _sign, after = reverse(name, args=["0-0"]).partition("0-0")
    return before, after


def _address(name: str, argument: str) -> str:
    before, after = _around(name)
    return f"{before}{argument}{after}"


def media_of(photos: list[dict]) -> str:
    """The address of the first photo, small; empty without one."""
    return reverse("catalog:media", args=[photos[0]["key"], "thumb.webp"]) if photos else ""


@lru_cache(maxsize=8)
def _labels(_language) -> tuple[str, str]:
    return _("Ships from"), _("Lead time")


def _spec(listing):
    place, days = _labels(get_language())
    lines = [*listing.specs[:2], (place, named_place(listing.place)), (days, lead_time(listing))]
    return _lines("<div><dt>{}</dt><dd>{}</dd></div>", lines)


def _wants(names: list[str], own, given: str):
    """The wanted goods, those the visitor has marked."""
    if not own.listings and not given:
        return _lines('<span class="want">{}</span>', [(name,) for name in names]) if names else ""
    tokens = search_rules.token_set(given)
    told = format_html('<span class="sr"> ({})</span>', _("you have this"))
    plain, marked = ("want", "", ""), ("want have", icon("check"), told)
    rows = ((marked if own.has(name) or _meets(name, tokens) else plain, name) for name in names)
    return format_html_join("", '<span class="{}">{}{}{}</span>', ((cls, mark, name, said) for (cls, mark, said), name in rows))


def _why(result, listing):
    lines = result.why(listing) if result else ()
    return _lines('<li>{}<span class="n">+{}</span></li>', lines) if lines else ""


def _lines(shape: str, lines):
    """Like format_html_join, formatted at once: twenty rows of a page have two hundred lines."""
    return filled(shape * len(lines), [value for line in lines for value in line])


def _meets(want: str, given: frozenset[str]) -> bool:
    words = search_rules.token_set(want, 2)
    return bool(words) and words <= given


@register.simple_tag
def reach_of_rows(rows) -> dict:
    """What the counters say of these own offers in thirty days, by id; one query for the page."""
    return queries.figures_of([row.pk for row in rows])


@register.filter
def at(found: dict, key):
    """The entry of a dict, nothing when there is none."""
    return found.get(key)


@register.filter
def seller_name(seller) -> str:
    return seller.local_name(get_language() or "")


@register.filter
def place_of(firm) -> str:
    """Where a firm is, in the reader's language: the province at home, else the country."""
    return place_name(firm.country, firm.province)


@register.filter
def named_place(text: str) -> str:
    """A place as it was typed; for English readers in English where it is a known city, else marked as Chinese."""
    return place_in_english(text) or own_words(text) if (get_language() or "").startswith("en") else text


@register.filter
def alt_text(photo, title: str) -> str:
    """What a photo shows, in the reader's language, else in the other, else the title."""
    first, second = ("alt_en", "alt_zh") if (get_language() or "").startswith("en") else ("alt_zh", "alt_en")
    return photo.get(first) or photo.get(second) or title


@register.filter
def told(reason) -> str:
    """A reviewer's reason in the reader's language."""
    return reasons.told(reason)


@register.filter
def lead_time(listing) -> str:
    if listing.ready_to_ship:
        return _("In stock, %(days)s days") % {"days": listing.lead_days} if listing.lead_days else _("In stock")
    return _("%(days)s days") % {"days": listing.lead_days}


@register.filter
def supply(listing) -> str:
    """What is free and the smallest order: 640 t available, from 30 t."""
    least = amount(listing.moq, listing)
    if listing.stock.free <= 0:
        return _("Made to order, from %(moq)s") % {"moq": least}
    return _("%(free)s available, from %(moq)s") % {"free": amount(listing.stock.free, listing), "moq": least}


@register.filter
def proposal_url(listing) -> str:
    """Where a trade about these goods begins; empty while that page does not exist."""
    page = _trades()
    return f"{page}?goods={listing.no}" if page else ""


@lru_cache(maxsize=1)
def _trades() -> str:
    try:
        return reverse("orders:new")
    except NoReverseMatch:
        return ""


@register.filter
def covered(own, listing) -> int:
    """How much of the smallest order the visitor's goods cover, in percent."""
    return rules.fit_percent(own.worth.get(listing.currency, 0), listing.price_minor, listing.moq)


@register.filter
def given_by(want: str, own) -> bool:
    """Whether the visitor has what is wanted."""
    return own.has(want)
