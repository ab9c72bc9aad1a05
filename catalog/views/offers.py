from decimal import Decimal

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone

from accounts.queries import former_names
from kernel.clock import now
from kernel.money import Money
from kernel.workdays import SHANGHAI

from .. import queries, rules
from ..models import UNIT_NAMES
from ..permissions import REVIEW_LISTING


def offer(request, no):
    """One listing: what it is, who offers it, what is wanted for it; a withdrawn one says so and shows similar goods."""
    listing = queries.seen_listing(request.actor, no)
    own = queries.own_goods(request.actor)
    mine = bool(request.actor.enterprise_id) and listing.seller_id == request.actor.enterprise_id
    context = {
        "listing": listing, "own": own, "mine": mine, "give_options": [(row.no, row.title) for row in own.listings],
        "on_sale": listing.state == "live" and listing.seller.state == "verified",
        "similar": queries.similar_listings(listing), "nav": "market", "way": queries.way_to(listing.category),
        "pictured": mine or (listing.state == "live" and listing.seller.state == "verified") or request.actor.can_staff(REVIEW_LISTING),
        **_figures(listing),
    }  # fmt: skip
    return render(request, "catalog/offer.html", context)


def _figures(listing) -> dict:
    """Tables of an offer's page: price and lead time by quantity, units, value."""
    steps = [(listing.moq, listing.price), *((Decimal(row["from"]), Money(row["price"], listing.currency)) for row in listing.tiers)]
    leads = [(None, listing.lead_days), *((Decimal(row["from"]), row["days"]) for row in listing.lead_tiers)]
    fair = listing.fair_value and {
        **listing.fair_value, "method": rules.FAIR_METHODS.get(listing.fair_value["method"], ""),
        "low": Money(listing.fair_value["low"], listing.currency), "high": Money(listing.fair_value["high"], listing.currency),
    }  # fmt: skip
    units = [(UNIT_NAMES.get(row["unit"], row["unit"]), Decimal(row["factor"])) for row in listing.units]
    prices = [
        {"from": start, "price": price, "to": steps[n + 1][0] if n + 1 < len(steps) else None} for n, (start, price) in enumerate(steps)
    ]
    return {
        "prices": prices if listing.tiers else [], "leads": [{"from": a, "days": b} for a, b in leads] if listing.lead_tiers else [],
        "units": units, "fair": fair, "warning": rules.value_warning(listing, settings.FAIR_VALUE_PERCENT) if fair else "",
        "vat": listing.category.vat_percent if listing.vat_percent is None else listing.vat_percent,
        "price_over": not rules.price_stands(listing, timezone.localtime(now(), SHANGHAI).date()),
        "photos": listing.photos, "video": next((m for m in listing.media if m["kind"] == "video"), None),
        "papers": [m for m in listing.media if m["kind"] == "document"],
    }  # fmt: skip


def firm(request, handle):
    seller = queries.seller_page(handle)
    page = queries.offered_by(seller.pk, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "seller": seller, "former_names": former_names(seller), "page": page, "own": queries.own_goods(request.actor), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/firm.html", context)
