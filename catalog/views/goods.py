"""The seller's own listings: drafted, handed in, changed, withdrawn, renewed."""

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actors import require
from accounts.permissions import MANAGE_TEAM
from kernel.refusals import Refusal

from .. import queries, rules, services
from ..forms import ListingForm
from ..forms.listings import initial_of
from ..permissions import LIST_GOODS
from ..reasons import told
from ..states import LISTING


@login_required
def my_listings(request):
    state = request.GET.get("state", "")
    states = [name for name in LISTING.states if name != "discarded"]
    state = state if state in states else ""
    page = queries.own_listings(request.actor, state=state, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    counts = queries.listing_counts(request.actor)
    changes = queries.proposed_changes(request.actor, page.rows)
    for row in page.rows:
        row.change = changes.get(row.pk)
    tabs = [{"label": _("All"), "url": "?", "on": not state, "n": sum(counts.values())}]
    tabs += [{"label": capfirst(LISTING.labels[s]), "url": f"?state={s}", "on": s == state, "n": counts.get(s, 0)} for s in states]
    query = f"state={state}&" if state else ""
    context = {"page": page, "tabs": tabs, "query": query, "state": state, "total": sum(counts.values()), "nav": "listings"}
    context["may_grant"] = request.actor.can(MANAGE_TEAM)
    return render(request, "catalog/my_listings.html", context)


@login_required
def listing_new(request):
    """First the category, then the form with what that category asks for."""
    require(request.actor, LIST_GOODS)
    category = queries.category_by_code(request.GET.get("category", ""))
    if request.method != "POST" and category is None:
        context = {"tree": queries.category_tree(), "nav": "listings", "asked": "category" in request.GET}
        return render(request, "catalog/listing_category.html", context)
    form = _form(request, initial={"category": category.code if category else ""}, handing_in="submit" in request.POST)
    if request.method == "POST" and _ready(request, form):
        opening_stock = form.cleaned_data["opening_stock"] or 0
        save = partial(services.create_listing, actor=request.actor, opening_stock=opening_stock, hand_in=form.handing_in)
        if listing := _saved(form, save):
            return _after_saving(request, listing, form)
    return _form_page(request, form, None)


@login_required
def listing_edit(request, no):
    listing = queries.listing_for_seller(request.actor, no)
    revision = queries.open_revision_of(listing) if listing.published_at else None
    draft = "draft" in request.POST
    complete = not draft if listing.published_at else "submit" in request.POST or listing.state == "in_review"
    initial = _initial(listing, revision)
    form = _form(request, handing_in=complete, editing=True, initial=initial, kept=listing.category.code)
    if request.method == "POST" and _ready(request, form):
        hand_in = not draft if listing.published_at else "submit" in request.POST
        save = partial(services.revise_listing, no, actor=request.actor, hand_in=hand_in)
        if saved := _saved(form, lambda terms, **how: save(terms=terms, **how)):
            return _after_saving(request, saved, form)
    return _form_page(request, form, listing, revision)


def _initial(listing, revision) -> dict:
    terms = _terms_of(listing, revision)
    category = revision.category if revision else listing.category
    return initial_of(terms, category.code) | {"media": terms.media}


def _terms_of(listing, revision) -> rules.Terms:
    if revision:
        return revision.said
    return rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in rules.COLUMNS})


def _form(request, *, initial, kept: str = "", **how) -> ListingForm:
    """The form for the category that was chosen; what the listing has so far is shown, or what was typed."""
    tree = queries.category_tree(also=kept)
    code = request.POST.get("category", "") if request.method == "POST" else initial.get("category", "")
    category = next((row for row in tree if row.code == code), None)
    schema = queries.schema_of(category) if category else []
    data = request.POST if request.method == "POST" else None
    tops = [row for row in tree if row.level == 1]
    return ListingForm(data, request.FILES or None, initial=initial, categories=tops, tree=tree, schema=schema, **how)


def _ready(request, form: ListingForm) -> bool:
    """Whether the form is right and asks to be saved; files are kept at once, so that a mistake in another field loses none."""
    kept, refused = form.items(), {}
    for field, kind in (("photos", "photo"), ("video", "video"), ("documents", "document")):
        for upload in request.FILES.getlist(field)[:10]:
            try:
                media = services.keep_media(upload, kind=kind, actor=request.actor)
            except Refusal as refusal:
                refused[field] = f"{upload.name}: {refusal}"
            else:
                if media.key not in {item["key"] for item in kept}:
                    kept.append({"key": media.key, "alt_zh": "", "alt_en": ""})
    form.rewrite_items(kept)
    form.full_clean()
    for field, sentence in refused.items():
        form.add_error(field, sentence)
    if "fields" in request.POST:  # another category was chosen: its fields are shown, nothing is judged yet
        form.errors.clear()
        return False
    return form.is_valid()


def _saved(form: ListingForm, save):
    """What the service made of the form; None when it refused, with the sentences at the fields they are about."""
    category, key = form.cleaned_data["category"], form.cleaned_data["request_key"]
    try:
        return save(form.terms, category=category, request_key=key)
    except Refusal as refusal:
        form.show_refusal(refusal)
        return None


def _form_page(request, form, listing, revision=None):
    items = form.items() if form.is_bound else form.initial.get("media", [])
    known = {media.key: media for media in queries.kept_media(request.actor, [item["key"] for item in items])}
    kept = [{**item, "media": known[item["key"]], "n": n} for n, item in enumerate(items, 1) if item["key"] in known]
    reasons = revision.reasons if revision and revision.state == "rejected" else listing.reasons if listing else []
    shown = _weighed(form, listing, revision)
    context = {
        "form": form, "listing": listing, "revision": revision, "kept": kept, "nav": "listings", "complete": None, "warning": "",
        "reasons": [{"label": queries.LABELS.get(row["field"], ""), "text": told(row)} for row in reasons], **shown,
    }  # fmt: skip
    return render(request, "catalog/listing_edit.html", context, status=422 if form.errors else 200)


def _weighed(form, listing, revision) -> dict:
    """How complete the listing is, and whether its price fits its fair value."""
    judged = form.is_bound and "fields" not in form.data  # another category was chosen: what is typed has not been judged
    terms = form.terms if judged and form.is_valid() else _terms_of(listing, revision) if listing else None
    if terms is None:
        return {}
    return {"complete": rules.completeness(terms, form.schema), "warning": rules.value_warning(terms, settings.FAIR_VALUE_PERCENT)}


def _after_saving(request, listing, form):
    if listing.published_at and listing.waiting:
        said = _("%(no)s: prices and quantities hold now, the rest is handed in for review; what is on sale stays until then.")
    elif listing.state == "in_review":
        said = _("%(no)s is handed in for review.")
    else:
        said = _("%(no)s is saved.")
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
        if "fields" not in refusal.params:
            raise
        return _incomplete(request, listing, refusal)
    messages.success(request, _("%(no)s is handed in for review.") % {"no": no})
    return redirect("catalog:my_listings")


def _incomplete(request, listing, refusal):
    revision = queries.open_revision_of(listing) if listing.published_at else None
    initial = _initial(listing, revision)
    data = {name: value for name, value in initial.items() if value not in (None, False)} | {"request_key": "shown"}
    tree = queries.category_tree(also=listing.category.code)
    schema = queries.schema_of(revision.category if revision else listing.category)
    tops = [row for row in tree if row.level == 1]
    form = ListingForm(data, categories=tops, tree=tree, schema=schema, editing=True, handing_in=True, initial=initial)
    form.rewrite_items(initial["media"])
    form.full_clean()
    if not form.errors:
        form.show_refusal(refusal)
    form.data["request_key"] = form.fields["request_key"].initial()
    return _form_page(request, form, listing, revision)


@login_required
@require_POST
def listing_withdraw(request, no):
    services.withdraw_listing(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("%(no)s is withdrawn and no longer shown.") % {"no": no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def listing_renew(request, no):
    services.renew_listing(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("%(no)s is on sale for another full time.") % {"no": no})
    return redirect("catalog:my_listings")


@login_required
@require_POST
def change_drop(request, no):
    services.drop_change(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The proposed change of %(no)s is given up; what was approved stays.") % {"no": no})
    return redirect("catalog:my_listings")
