"""The shop page of an enterprise."""

from urllib.parse import urlencode

from django.shortcuts import render

from accounts.queries import former_names

from .. import queries
from ..permissions import ASK_SELLER


def firm(request, handle):
    """Who it is, since when verified, what it offers and looks for, and how to reach it."""
    seller = queries.seller_page(handle)
    q = "".join(c for c in request.GET.get("q", "") if c.isprintable()).strip()[:60]
    categories = queries.shop_categories(seller.pk)
    chosen = next((c for c, _n in categories if c.slug == request.GET.get("c")), None)
    page = queries.shop_goods(
        seller.pk, q=q, category=chosen.code if chosen else "", after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    mine = bool(request.actor.enterprise_id) and seller.pk == request.actor.enterprise_id
    kept = ({"q": q} if q else {}) | ({"c": chosen.slug} if chosen else {})
    context = {
        "seller": seller, "standing": queries.standing_of(seller.pk), "former_names": former_names(seller), "page": page,
        "own": queries.own_goods(request.actor), "shop_q": q,
        "shop_categories": categories, "chosen": chosen, "query": f"{urlencode(kept)}&" if kept else "", "narrowed": bool(kept),
        "wants": queries.shop_wants(seller.pk), "mine": mine, "following": queries.following(request.actor, seller),
        "conversation": queries.inquiry_about(request.actor, owner_id=seller.pk), "may_ask": request.actor.can(ASK_SELLER), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/firm.html", context)
