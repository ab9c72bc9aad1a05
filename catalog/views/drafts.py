"""Deleting a draft: one page says what becomes of it, one button does it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from .. import queries, services


@login_required
def draft_discard(request, no):
    """Ask, then delete a listing that was never on sale."""
    if request.method == "POST":
        services.discard_draft(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
        messages.success(request, _("%(no)s is deleted.") % {"no": no})
        return redirect("catalog:my_listings")
    listing = queries.listing_for_seller(request.actor, no)
    return render(request, "catalog/draft_discard.html", {"listing": listing, "nav": "listings"})
