from django.shortcuts import render

from accounts.queries import former_names
from kernel.responses import private_file

from .. import queries


def offer(request, no):
    """One listing: what it is, who offers it, what is wanted for it; a withdrawn one says so and shows similar goods."""
    listing = queries.seen_listing(request.actor, no)
    own = queries.own_goods(request.actor)
    mine = bool(request.actor.enterprise_id) and listing.seller_id == request.actor.enterprise_id
    context = {
        "listing": listing, "own": own, "mine": mine, "give_options": [(row.no, row.title) for row in own.listings],
        "on_sale": listing.state == "live" and listing.seller.state == "verified",
        "similar": queries.similar_listings(listing), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/offer.html", context)


def photo(request, no):
    """The photo of a listing: everybody's while it is on sale, before that its seller's and the reviewers' (H53)."""
    document, public = queries.public_photo(request.actor, no)
    response = private_file(document, inline=True)
    if public:
        response.headers["Cache-Control"] = "public, max-age=300"
    return response


def firm(request, handle):
    seller = queries.seller_page(handle)
    page = queries.offered_by(seller.pk, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "seller": seller, "standing": queries.standing_of(seller.pk), "former_names": former_names(seller), "page": page,
        "own": queries.own_goods(request.actor), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/firm.html", context)
