"""The seller's own listings: drafted, handed in, changed, withdrawn."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from accounts.permissions import MANAGE_TEAM
from kernel.refusals import Refusal

from .. import queries, services
from ..forms import ListingForm
from ..forms.listings import initial_of
from ..permissions import LIST_GOODS
from ..states import LISTING

UNDER_EYES = ("in_review", "live")  # a change of these must be as complete as a review asks


@login_required
def my_listings(request):
    state = request.GET.get("state", "")
    state = state if state in LISTING.states else ""
    page = queries.own_listings(request.actor, state=state, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    counts = queries.listing_counts(request.actor)
    tabs = [{"label": _("All"), "url": "?", "on": not state, "n": sum(counts.values())}]
    tabs += [{"label": LISTING.labels[s], "url": f"?state={s}", "on": s == state, "n": counts.get(s, 0)} for s in LISTING.states]
    query = f"state={state}&" if state else ""
    context = {"page": page, "tabs": tabs, "query": query, "state": state, "total": sum(counts.values()), "nav": "listings"}
    context["may_grant"] = request.actor.can(MANAGE_TEAM)
    return render(request, "catalog/my_listings.html", context)


@login_required
def listing_new(request):
    require(request.actor, LIST_GOODS)
    form = _form(request, handing_in="submit" in request.POST)
    if request.method == "POST" and _ready(request, form):
        opening_stock = form.cleaned_data["opening_stock"] or 0
        save = partial(services.create_listing, form.terms, actor=request.actor, opening_stock=opening_stock)
        if listing := _saved(form, save):
            return _after_saving(request, listing, form)
    return _form_page(request, form, None)


@login_required
def listing_edit(request, no):
    listing = queries.listing_for_seller(request.actor, no)
    complete = "submit" in request.POST or listing.state in UNDER_EYES
    form = _form(request, handing_in=complete, editing=True, initial=initial_of(listing))
    if request.method == "POST" and _ready(request, form):
        save = partial(services.revise_listing, no, actor=request.actor, terms=form.terms)
        if saved := _saved(form, save):
            return _after_saving(request, saved, form)
    return _form_page(request, form, listing)


def _form(request, **how) -> ListingForm:
    return ListingForm(request.POST or None, request.FILES or None, categories=queries.categories(), **how)


def _ready(request, form: ListingForm) -> bool:
    """Whether the form is right; a photo is kept at once, so that a mistake in another field does not lose it."""
    form.full_clean()
    if upload := request.FILES.get("photo"):
        try:
            form.keep(services.keep_photo(upload, actor=request.actor).token)
        except Refusal as refusal:
            form.add_error("photo", str(refusal))
    return form.is_valid()


def _saved(form: ListingForm, save):
    """What the service made of the form; None when it refused, with the sentences at the fields they are about."""
    category, key = form.cleaned_data["category"], form.cleaned_data["request_key"]
    try:
        return save(category=category, request_key=key, photo=form.kept, hand_in="submit" in form.data)
    except Refusal as refusal:
        form.show_refusal(refusal)
        return None


def _form_page(request, form, listing, status: int = 200):
    kept = queries.draft_photo(request.actor, form.kept) if form.is_bound else None
    context = {"form": form, "listing": listing, "kept": kept, "nav": "listings"}
    return render(request, "catalog/listing_edit.html", context, status=422 if form.errors else status)


def _after_saving(request, listing, form):
    handed_in = form.handing_in and listing.state == "in_review"
    said = _("%(no)s is handed in for review.") if handed_in else _("%(no)s is saved.")
    messages.success(request, said % {"no": listing.no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def listing_submit(request, no):
    """Hand a draft in as it stands; what it lacks is shown in its form, at the fields."""
    listing = queries.listing_for_seller(request.actor, no)
    try:
        services.submit_listing(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    except Refusal as refusal:
        if refusal.code != "listing_incomplete":
            raise
        form = ListingForm(initial_of(listing) | {"request_key": "shown"}, categories=queries.categories(), editing=True, handing_in=True)
        form.full_clean()
        if not form.errors:
            form.show_refusal(refusal)
        form.data["request_key"] = form.fields["request_key"].initial()
        return _form_page(request, form, listing)
    messages.success(request, _("%(no)s is handed in for review.") % {"no": no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def listing_withdraw(request, no):
    services.withdraw_listing(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("%(no)s is withdrawn and no longer shown.") % {"no": no})
    return redirect("catalog:my_listings")
