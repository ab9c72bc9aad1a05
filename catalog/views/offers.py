from decimal import Decimal

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone

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
        "similar": queries.similar_listings(listing), "nav": "market",
        "way": queries.way_in_tree(listing.category_id) or queries.way_to(listing.category),
        "pictured": mine or (listing.state == "live" and listing.seller.state == "verified") or request.actor.can_staff(REVIEW_LISTING),
        "want_names": [branch.name for code in listing.want_categories if (branch := queries.market_tree().by_code.get(code))],
        **_figures(listing),
    }  # fmt: skip
    if context["on_sale"] and not mine:
        request.opened = [listing.pk]
        context["may_reserve"] = queries.vip_actor(request.actor)
        context["conversation"] = queries.inquiry_about(request.actor, listing_id=listing.pk)
    gone = listing.state in ("withdrawn", "expired") and not mine  # search engines forget it; people are shown what is like it
    return render(request, "catalog/offer.html", context, status=410 if gone else 200)


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
