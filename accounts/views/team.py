from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.refusals import Denied, Refusal

from .. import queries, services
from ..actors import require
from ..forms import BoxesForm, LogFilterForm, PasswordForm, SubAccountForm
from ..permissions import GRID, VIEW_LOG


@login_required
@require_GET
def team(request):
    """List the people of the company with their permissions."""
    people = queries.team_of(request.actor)
    boxes = queries.boxes_of_team(request.actor)
    rows = [{"place": place, "boxes": [label for box, label in GRID.items() if box in boxes.get(place.user_id, ())]} for place in people]
    return render(request, "accounts/team.html", {"rows": rows, "nav": "team"})


@login_required
@require_http_methods(["GET", "POST"])
def member_new(request):
    """Create a sub-account."""
    queries.team_of(request.actor)
    form = SubAccountForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            membership = services.create_sub_account(**form.cleaned_data, actor=request.actor)
        except Denied:
            raise
        except Refusal as refusal:
            form.add_error({"username_taken": "username", "password_weak": "password"}.get(refusal.code), str(refusal))
        else:
            words = _("Sub-account created. It logs in as %(username)s.") % {"username": membership.user.username}
            messages.success(request, words)
            return redirect("accounts:team")
    context = {"form": form, "nav": "team", "handle": queries.own_handle(request.actor)}
    return render(request, "accounts/member_new.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def member(request, membership_id: int):
    """Show one sub-account: its permissions, a new password, its end."""
    return _member_page(request, queries.sub_account(request.actor, membership_id))


def _member_page(request, place, *, boxes_form=None, password_form=None):
    held = queries.boxes_of_team(request.actor).get(place.user_id, set())
    context = {
        "place": place, "nav": "team", "boxes_form": boxes_form or BoxesForm(actor=request.actor, initial={"boxes": held}),
        "password_form": password_form or PasswordForm(), "form": boxes_form or password_form,
    }  # fmt: skip
    bad = bool(context["form"] and context["form"].errors)
    return render(request, "accounts/member.html", context, status=422 if bad else 200)


@login_required
@require_POST
def member_permissions(request, membership_id: int):
    """Set the permissions of a sub-account."""
    place = queries.sub_account(request.actor, membership_id)
    form = BoxesForm(request.POST, actor=request.actor)
    if not form.is_valid():
        return _member_page(request, place, boxes_form=form)
    services.set_boxes(place.pk, boxes=form.cleaned_data["boxes"], actor=request.actor)
    messages.success(request, _("Permissions saved. They hold from the next click on."))
    return redirect("accounts:member", place.pk)


@login_required
@require_POST
def member_password(request, membership_id: int):
    """Give a sub-account a new password."""
    place = queries.sub_account(request.actor, membership_id)
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            services.set_sub_account_password(place.pk, password=form.cleaned_data["password"], actor=request.actor)
        except Denied:
            raise
        except Refusal as refusal:
            form.add_error("password", str(refusal))
        else:
            messages.success(request, _("New password set. The sub-account has been logged out everywhere."))
            return redirect("accounts:member", place.pk)
    return _member_page(request, place, password_form=form)


@login_required
@require_http_methods(["GET", "POST"])
def member_ending(request, membership_id: int):
    """Ask once, then end a sub-account."""
    place = queries.sub_account(request.actor, membership_id)
    if request.method == "GET":
        return render(request, "accounts/member_ending.html", {"place": place, "nav": "team"})
    services.end_sub_account(place.pk, actor=request.actor)
    messages.success(request, _("The sub-account has ended. What it did stays in the operation log."))
    return redirect("accounts:team")


@login_required
@require_GET
def log(request):
    """Show the company's operation log, newest first, by who, what and when."""
    actor = request.actor
    require(actor, VIEW_LOG)
    form = LogFilterForm(request.GET, people=queries.people_of(actor), names=queries.fact_names_of(actor))
    filters = form.filters
    links = queries.operation_log(actor, **filters)
    page, more = links[: queries.LOG_PAGE], len(links) > queries.LOG_PAGE
    names = queries.names_behind(actor, page)
    kept = {name: value for name, value in filters.items() if name != "before"}
    context = {
        "filter_form": form, "nav": "log", "filtered": bool(kept),
        "rows": [{"link": link, "fact": link.fact, "who": names[link.fact_id]} for link in page],
        "next_url": "?" + urlencode({**kept, "before": page[-1].seq}) if more else "",
        "first_url": ("?" + urlencode(kept) if kept else request.path) if "before" in filters else "",
    }  # fmt: skip
    return render(request, "accounts/log.html", context)
