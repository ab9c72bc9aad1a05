"""Sub-accounts, their permission grid, and the operation log of the enterprise."""

from allauth.account.views import email as email_page
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.refusals import Refusal

from .. import queries, services
from ..actors import require
from ..forms.keyed import new_key
from ..forms.team import BoxesForm, NewPasswordForm, SightForm, SubAccountForm
from ..permissions import GRID, MANAGE_TEAM
from .security import reauthenticated


@login_required
def team(request) -> HttpResponse:
    """The people of the enterprise, what each may do, and who has been invited."""
    held = queries.boxes_of_team(request.actor)
    people = [
        {"place": place, "boxes": [GRID[box] for box in GRID if box in held.get(place.user_id, ())]}
        for place in queries.team_of(request.actor)
    ]
    invited = [
        {"row": open_one.row, "expired": open_one.expired, "boxes": [GRID[box] for box in GRID if box in open_one.row.boxes]}
        for open_one in queries.invitations_of(request.actor)
    ]
    context = {"people": people, "invited": invited, "key": new_key, "nav": "team"}
    return render(request, "accounts/member_list.html", context)


@reauthenticated
def member_new(request) -> HttpResponse:
    """Make a sub-account."""
    require(request.actor, MANAGE_TEAM)
    form = SubAccountForm(request.POST or None, actor=request.actor, role=request.GET.get("role", ""))
    if request.method == "POST" and form.is_valid():
        try:
            place = services.create_sub_account(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            place_refusal(form, refusal)
        else:
            messages.success(request, _("Sub-account made. It logs in as %(name)s.") % {"name": place.user.username})
            return redirect("accounts:team")
    enterprise = queries.enterprises_of(request.user).filter(pk=request.actor.enterprise_id).first()
    context = {"form": form, "handle": enterprise.handle, "nav": "team"}
    return render(request, "accounts/member_new.html", context, status=422 if form.errors else 200)


def place_refusal(form, refusal: Refusal) -> None:
    """Put a service's refusal beside the field it is about, else above the form."""
    field = refusal.code.removesuffix("_invalid")
    form.add_error(field if field in form.fields else None, str(refusal))


@login_required
def member(request, pk) -> HttpResponse:
    """One sub-account: permissions, what it sees, a new password, the end."""
    return _member_page(request, queries.sub_account(request.actor, pk))


def _held(request, place) -> set[str]:
    return queries.boxes_of_team(request.actor).get(place.user_id, set())


def _grid(request, place) -> BoxesForm:
    """The grid as it is, or as it was before an entry of the operation log that is to be undone (H18)."""
    form = BoxesForm(actor=request.actor, held=_held(request, place), role=request.GET.get("role", ""))
    _seq, fact = queries.entry_named(request.actor, request.GET.get("entry", ""))
    if fact and fact.payload.get("membership_id") == place.pk and "boxes" in fact.changes:
        givable = {box for box, _label in form.fields["boxes"].choices}
        form.initial["boxes"] = [box for box in fact.changes["boxes"][0] if box in givable]
    return form


def _member_page(request, place, *, boxes=None, password=None, sight=None, refusal=None) -> HttpResponse:
    form = boxes or password or sight
    seen = {"only_granted_listings": place.only_granted_listings, "only_granted_orders": place.only_granted_orders}
    context = {
        "place": place, "boxes": boxes or _grid(request, place),
        "password": password or NewPasswordForm(), "sight": sight or SightForm(initial=seen),
        "end_key": new_key(), "form": form, "refusal": refusal, "nav": "team",
    }  # fmt: skip
    return render(request, "accounts/member_detail.html", context, status=refusal.status if refusal else 422 if form else 200)


@reauthenticated
@require_POST
def member_boxes(request, pk) -> HttpResponse:
    """Give a sub-account exactly the ticked permissions."""
    place = queries.sub_account(request.actor, pk)
    form = BoxesForm(request.POST, actor=request.actor, held=_held(request, place))
    if form.is_valid():
        try:
            services.set_boxes(pk, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            form.add_error(None, str(refusal))
            return _member_page(request, queries.sub_account(request.actor, pk), boxes=form, refusal=refusal)
        messages.success(request, _("Permissions changed. They hold from the next click of that person."))
        return redirect("accounts:member", pk)
    return _member_page(request, place, boxes=form)


@reauthenticated
@require_POST
def member_sight(request, pk) -> HttpResponse:
    """Narrow what a sub-account sees to what is granted to it, or widen it again."""
    place, form = queries.sub_account(request.actor, pk), SightForm(request.POST)
    if form.is_valid():
        try:
            services.set_sight(pk, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            form.add_error(None, str(refusal))
            return _member_page(request, place, sight=form, refusal=refusal)
        messages.success(request, _("Changed. It holds from the next click of that person."))
        return redirect("accounts:member", pk)
    return _member_page(request, place, sight=form)


@reauthenticated
@require_POST
def member_password(request, pk) -> HttpResponse:
    """Set a new password for a sub-account."""
    form = NewPasswordForm(request.POST)
    if form.is_valid():
        try:
            services.set_sub_account_password(pk, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            form.add_error("password", str(refusal))
            return _member_page(request, queries.sub_account(request.actor, pk), password=form, refusal=refusal)
        messages.success(request, _("New password set. The sub-account is logged out everywhere."))
        return redirect("accounts:member", pk)
    return _member_page(request, queries.sub_account(request.actor, pk), password=form)


@login_required
@require_POST
def member_end(request, pk) -> HttpResponse:
    """End a sub-account; what it did stays in the log."""
    services.end_sub_account(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Sub-account ended."))
    return redirect("accounts:team")


def own_addresses(request):
    """allauth's page for a person's e-mail addresses, closed to sub-accounts: their log-in stays with their main account (H15)."""
    queries.may_have_address(request.user)
    return email_page(request)
