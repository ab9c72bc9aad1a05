"""What search engines and shared links are told of a page: addresses by language, Open Graph, structured data (H56)."""

from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.rules import place_name

register = template.Library()
OWN = {"zh-hans": "", "en": "en"}  # the value of `lang` in the address of each language
HREFLANG = {"zh-hans": "zh-Hans", "en": "en"}
LOCALES = {"zh-hans": "zh_CN", "en": "en_US"}
CONDITIONS = "https://schema.org/NewCondition"


def address(path: str, language: str = "", **query: str) -> str:
    """The one address of a page in a language; Chinese has none of its own in it (docs/adr/0013)."""
    named = OWN.get(language or get_language() or "", "")
    text = urlencode({**query, **({"lang": named} if named else {})})
    return settings.SITE_URL + path + (f"?{text}" if text else "")


@register.inclusion_tag("catalog/_seo.html", takes_context=True)
def seo(context, title: str, description: str = "", path: str = "", image: str = "", kind: str = "website", index: bool = True):
    """The head of a public page: description, canonical address, the other language, Open Graph; `index=False` keeps it out of indexes."""
    path = path or context["request"].path
    current = get_language() or settings.LANGUAGE_CODE
    return {
        "index": index, "canonical": address(path), "kind": kind, "site": _("Evenhand"), "title": title,
        "description": Truncator(" ".join(str(description).split())).chars(160), "image": settings.SITE_URL + image if image else "",
        "alternates": [(HREFLANG[code], address(path, code)) for code in OWN], "default": address(path, "zh-hans"),
        "locale": LOCALES.get(current, "zh_CN"), "others": [name for code, name in LOCALES.items() if code != current],
    }  # fmt: skip


@register.simple_tag
def crumb_data(*pairs) -> dict:
    """The way to a page as a BreadcrumbList: label, path, label, path…"""
    steps = list(zip(pairs[::2], pairs[1::2], strict=True))
    return {
        "@context": "https://schema.org", "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": str(label), "item": address(path)} for n, (label, path) in enumerate(steps, 1)
        ],
    }  # fmt: skip


@register.simple_tag
def offer_data(listing) -> dict:
    """Goods on sale as a Product with its Offer; a price is told only for what is on sale."""
    path = reverse("catalog:offer", args=[listing.no])
    data = {
        "@context": "https://schema.org", "@type": "Product", "name": listing.title, "sku": listing.no, "url": address(path),
        "category": listing.category.name, "description": Truncator(listing.description or listing.title).chars(500),
        "additionalProperty": [{"@type": "PropertyValue", "name": name, "value": value} for name, value in listing.specs],
        "offers": {
            "@type": "Offer", "url": address(path), "price": str(listing.price.decimal), "priceCurrency": listing.currency,
            "availability": f"https://schema.org/{'InStock' if listing.stock.free > 0 else 'PreOrder'}", "itemCondition": CONDITIONS,
            "eligibleQuantity": {
                "@type": "QuantitativeValue", "minValue": f"{listing.moq.normalize():f}", "unitText": listing.get_unit_display(),
            },
            "seller": _organization(listing.seller),
        },
    }  # fmt: skip
    if listing.photos:
        data["image"] = settings.SITE_URL + reverse("catalog:media", args=[listing.photos[0]["key"], "large.webp"])
    return data


@register.simple_tag
def firm_data(seller) -> dict:
    """A verified enterprise as an Organization: what its page shows, nothing more."""
    return {"@context": "https://schema.org", **_organization(seller)}


def _organization(seller) -> dict:
    return {
        "@type": "Organization", "name": seller.local_name(get_language() or ""), "legalName": seller.name,
        "url": address(reverse("catalog:firm", args=[seller.handle])),
        "address": {
            "@type": "PostalAddress", "addressCountry": seller.country, "addressRegion": place_name(seller.country, seller.province),
        },
    }  # fmt: skip


@register.simple_tag
def site_data() -> dict:
    """The platform itself, with the address of its search."""
    found = settings.SITE_URL + reverse("catalog:market") + "?q={search_term_string}"
    return {
        "@context": "https://schema.org", "@type": "WebSite", "name": _("Evenhand"), "url": address("/"),
        "potentialAction": {"@type": "SearchAction", "target": found, "query-input": "required name=search_term_string"},
    }  # fmt: skip
