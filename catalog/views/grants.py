"""Which narrowed sub-accounts see a listing."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.queries import narrowed_people

from .. import queries, services
from ..forms import GrantForm, new_key


@login_required
@reauthentication_required
def listing_people(request, no: str):
    """Grant a listing to sub-accounts that see only granted ones, or take it back."""
    listing, granted = queries.listing_to_grant(request.actor, no)
    people = narrowed_people(request.actor, "only_granted_listings")
    if request.method == "POST":
        form = GrantForm(request.POST, people=people)
        if form.is_valid():
            services.grant_listing(no, actor=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved. It holds from the next click of these people."))
            return redirect("catalog:my_listings")
        granted = {int(pk) for pk in request.POST.getlist("people") if pk.isascii() and pk.isdecimal()}
    context = {
        "no": listing.no, "people": people, "granted": granted, "key": new_key(), "nav": "listings",
        "back_url": reverse("catalog:my_listings"), "back_label": _("My listings"),
    }  # fmt: skip
    return render(request, "accounts/grants.html", context, status=422 if request.method == "POST" else 200)
