"""Advertising places on pages: labelled, at most two, counted after the answer (H59)."""

from django import template
from django.urls import reverse

from .. import queries
from .catalog import media_of, place_of, seller_name, supply

register = template.Library()


@register.inclusion_tag("catalog/_ads.html", takes_context=True)
def ad_places(context, place: str, category=None):
    """The advertisements of a place now; nothing where none is booked."""
    rows = queries.running_ads(place, category.pk if category else None)
    request = context.get("request")
    if request is not None:
        request.ads_shown = [row.pk for row in rows]
    return {
        "ads": [
            {
                "url": reverse("catalog:ad", args=[row.no]), "title": row.listing.title, "words": row.words, "art": row.listing.drawing,
                "photo": media_of(row.listing.photos), "price": row.listing.price,
                "unit": row.listing.get_unit_display(), "firm": seller_name(row.listing.seller), "place": place_of(row.listing.seller),
                "supply": supply(row.listing),
            }
            for row in rows
        ]
    }  # fmt: skip
