"""Up to four offers beside each other, row by row; what differs is marked. Works without scripts, and prints."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.rules import place_name
from kernel.templatetags.ui import plain_money

from .. import queries
from ..templatetags.catalog import amount, lead_time, named_place, seller_name, supply

MOST = 4


def compare(request):
    asked = [no.strip().upper()[:16] for no in request.GET.getlist("no") if no.strip()]
    rows = queries.compared_listings(asked)
    numbers = [row.no for row in rows]
    missing = [no for no in dict.fromkeys(asked[:MOST]) if no not in numbers]
    offers = [{"listing": row, "without": _url([no for no in numbers if no != row.no])} for row in rows]
    similar = queries.similar_listings(rows[0], limit=8) if rows and len(rows) < MOST else []
    more = [{"listing": row, "url": _url([*numbers, row.no])} for row in similar if row.no not in numbers][:4]
    context = {
        "offers": offers, "lines": _lines(rows), "numbers": numbers, "missing": missing, "more": more, "nav": "market",
        "too_many": len(set(asked)) > MOST, "own": queries.own_goods(request.actor),
    }  # fmt: skip
    return render(request, "catalog/compare.html", context)


def _url(numbers: list[str]) -> str:
    query = urlencode([("no", no) for no in numbers])
    return reverse("catalog:compare") + (f"?{query}" if query else "")


def _lines(rows) -> list[dict]:
    """Each property with a cell for every offer; `differs` when the cells are not all the same."""
    labels = list(dict.fromkeys(label for row in rows for label, _value in row.specs))
    table = [
        (_("Price"), [f"{plain_money(row.price)} / {row.get_unit_display()}" for row in rows]),
        (_("Minimum order"), [amount(row.moq, row) for row in rows]),
        (_("Available"), [supply(row) for row in rows]), (_("Lead time"), [lead_time(row) for row in rows]),
        (_("Ships from"), [named_place(row.place) for row in rows]), (_("Category"), [row.category.name for row in rows]),
        *((label, [dict(row.specs).get(label, "") for row in rows]) for label in labels),
        (_("HS code"), [row.hs_code for row in rows]), (_("Wants in exchange"), ["、".join(row.wants) for row in rows]),
        (_("Seller"), [seller_name(row.seller) for row in rows]),
        (_("Place"), [place_name(row.seller.country, row.seller.province) for row in rows]),
        (_("Verified enterprise"), [_("yes") if row.seller.badged else _("no") for row in rows]),
    ]  # fmt: skip
    return [{"label": label, "cells": cells, "differs": len(set(cells)) > 1} for label, cells in table if any(cells)]
