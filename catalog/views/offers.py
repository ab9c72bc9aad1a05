from django.shortcuts import render

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
    if context["on_sale"] and not mine:
        request.opened = [listing.pk]
        context["conversation"] = queries.inquiry_about(request.actor, listing_id=listing.pk)
    gone = listing.state == "withdrawn" and not mine  # search engines forget it; people are shown what is like it
    return render(request, "catalog/offer.html", context, status=410 if gone else 200)


def photo(request, no):
    """The photo of a listing: everybody's while it is on sale, before that its seller's and the reviewers' (H53)."""
    document, public = queries.public_photo(request.actor, no)
    response = private_file(document, inline=True)
    if public:
        response.headers["Cache-Control"] = "public, max-age=300"
    return response
