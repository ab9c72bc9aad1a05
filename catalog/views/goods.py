"""The seller's own listings: drafted, handed in, changed, withdrawn."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from kernel.refusals import Refusal

from .. import queries, services
from ..forms import ListingForm
from ..forms.listings import initial_of
from ..permissions import MANAGE_PRODUCTS
from ..states import LISTING


@login_required
def my_listings(request):
    state = request.GET.get("state", "")
    state = state if state in LISTING.states else ""
    page = queries.own_listings(request.actor, state=state, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    counts = queries.listing_counts(request.actor.enterprise_id)
    tabs = [{"label": _("All"), "url": "?", "on": not state, "n": sum(counts.values())}]
    tabs += [{"label": LISTING.labels[s], "url": f"?state={s}", "on": s == state, "n": counts.get(s, 0)} for s in LISTING.states]
    query = f"state={state}&" if state else ""
    context = {"page": page, "tabs": tabs, "query": query, "state": state, "total": sum(counts.values()), "nav": "listings"}
    return render(request, "catalog/my_listings.html", context)


@login_required
def listing_new(request):
    require(request.actor, MANAGE_PRODUCTS)
    form = ListingForm(request.POST or None, request.FILES or None, categories=queries.categories())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            listing = services.create_listing(
                form.terms, actor=request.actor, category=data["category"], request_key=data["request_key"], photo=data["photo"],
                opening_stock=data["opening_stock"] or 0,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _after_saving(request, listing)
    return _form_page(request, form, None)


@login_required
def listing_edit(request, no):
    listing = queries.listing_for_seller(request.actor, no)
    form = ListingForm(
        request.POST or None, request.FILES or None, categories=queries.categories(), editing=True, initial=initial_of(listing)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            listing = services.revise_listing(
                no, actor=request.actor, terms=form.terms, category=data["category"], request_key=data["request_key"], photo=data["photo"]
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _after_saving(request, listing)
    return _form_page(request, form, listing)


def _form_page(request, form, listing):
    status = 422 if form.errors else 200
    return render(request, "catalog/listing_edit.html", {"form": form, "listing": listing, "nav": "listings"}, status=status)


def _after_saving(request, listing):
    """Saved; hand it in too when that was the button. What the review would lack is said on the draft's own page."""
    if "submit" in request.POST and listing.state in ("draft", "rejected", "withdrawn"):
        try:
            services.submit_listing(listing.no, actor=request.actor)
        except Refusal as refusal:
            messages.error(request, _("Saved as a draft, not handed in yet: %(why)s") % {"why": refusal})
            return redirect("catalog:listing_edit", listing.no)
        messages.success(request, _("%(no)s is handed in for review.") % {"no": listing.no})
    else:
        messages.success(request, _("%(no)s is saved.") % {"no": listing.no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def listing_submit(request, no):
    try:
        services.submit_listing(no, actor=request.actor)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        messages.warning(request, str(refusal))
        return redirect("catalog:listing_edit", no)
    messages.success(request, _("%(no)s is handed in for review.") % {"no": no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def listing_withdraw(request, no):
    services.withdraw_listing(no, actor=request.actor)
    messages.success(request, _("%(no)s is withdrawn and no longer shown.") % {"no": no})
    return redirect("catalog:my_listings")
