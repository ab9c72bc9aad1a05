"""Tags for catalogue parts that other rooms' pages and the home page show."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.rules import place_in_english, place_name
from kernel.templatetags.ui import own_words

from .. import queries, reasons, rules
from ..forms import new_key

register = template.Library()


@register.filter
def quantity(value) -> str:
    """A quantity without needless zeros: 1,200 or 0.5."""
    return "" if value is None else f"{value.normalize():,f}"


@register.simple_tag
def request_key():
    """The hidden token of a form that consists of a button alone (P6)."""
    return format_html('<input type="hidden" name="request_key" value="{}">', new_key())


@register.simple_tag
def market_categories() -> list[dict]:
    """The thirteen categories with how many offers each has (counted to 1000)."""
    counts = queries.category_counts()
    return [{"category": c, "n": counts.get(c.code, 0), "more": counts.get(c.code, 0) > 1000} for c in queries.categories()]


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


@register.inclusion_tag("ui/listing_row.html", takes_context=True)
def listing_card(context, listing, own=None, given: str = ""):
    """One offer as a row: specification, wants, price, and how much of it the visitor's goods cover."""
    own = own or queries.OwnGoods()
    actor = context["request"].actor
    mine = bool(actor.enterprise_id) and actor.enterprise_id == listing.seller_id
    url = reverse("catalog:offer", args=[listing.no])
    given_tokens = set(rules.tokens(given))
    row = {
        "url": url, "title": listing.title, "art": listing.drawing,
        "photo": reverse("catalog:media", args=[listing.photos[0]["key"], "thumb.webp"]) if listing.photos else "",
        "firm": seller_name(listing.seller), "firm_url": reverse("catalog:firm", args=[listing.seller.handle]),
        "record": (_("Verified · %(place)s") if listing.seller.badged else "%(place)s") % {"place": place_of(listing.seller)},
        "spec": [*listing.specs[:2], (_("Ships from"), named_place(listing.place)), (_("Lead time"), lead_time(listing))],
        "wants": [{"name": w, "have": own.has(w) or _meets(w, given_tokens)} for w in listing.wants[:6]],
        "price": listing.price, "unit": listing.get_unit_display(), "quantity": supply(listing),
        "fit": rules.fit_percent(own.worth.get(listing.currency, 0), listing.price_minor, listing.moq) if not mine else 0,
        "propose_url": "" if mine else proposal_url(listing),
    }  # fmt: skip
    return {"row": row, "request": context["request"]}


def _meets(want: str, given: set[str]) -> bool:
    words = {token for token in rules.tokens(want) if len(token) > 1}
    return bool(words) and words <= given


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
    unit = listing.get_unit_display()
    values = {"free": quantity(listing.stock.free), "moq": quantity(listing.moq), "unit": unit}
    if listing.stock.free <= 0:
        return _("Made to order, from %(moq)s %(unit)s") % values
    return _("%(free)s %(unit)s available, from %(moq)s %(unit)s") % values


@register.filter
def proposal_url(listing) -> str:
    """Where a trade about these goods begins; empty while that page does not exist."""
    try:
        return f"{reverse('orders:new')}?goods={listing.no}"
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
