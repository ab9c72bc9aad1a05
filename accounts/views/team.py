"""Sub-accounts, their permission grid, and the operation log of the enterprise."""

from allauth.account.views import email as email_page
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from kernel.money import Money
from kernel.queries import change_labels, fact_label, policy_label
from kernel.refusals import Refusal
from kernel.templatetags.ui import plain_money

from .. import queries, services
from ..actors import require
from ..forms.keyed import new_key
from ..forms.team import BoxesForm, LogFilterForm, NewPasswordForm, SubAccountForm
from ..permissions import GRID, MANAGE_TEAM, VIEW_LOG


@login_required
def team(request) -> HttpResponse:
    """The people of the enterprise and what each may do."""
    held = queries.boxes_of_team(request.actor)
    people = [
        {"place": place, "boxes": [GRID[box] for box in GRID if box in held.get(place.user_id, ())]}
        for place in queries.team_of(request.actor)
    ]
    return render(request, "accounts/member_list.html", {"people": people, "nav": "team"})


@login_required
def member_new(request) -> HttpResponse:
    """Make a sub-account."""
    require(request.actor, MANAGE_TEAM)
    form = SubAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            place = services.create_sub_account(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(
                refusal.code.removesuffix("_invalid") if refusal.code.removesuffix("_invalid") in form.fields else None, str(refusal)
            )
        else:
            messages.success(request, _("Sub-account made. It logs in as %(name)s.") % {"name": place.user.username})
            return redirect("accounts:team")
    enterprise = queries.enterprises_of(request.user).filter(pk=request.actor.enterprise_id).first()
    context = {"form": form, "handle": enterprise.handle, "nav": "team"}
    return render(request, "accounts/member_new.html", context, status=422 if form.errors else 200)


@login_required
def member(request, pk) -> HttpResponse:
    """One sub-account: permissions, a new password, the end."""
    place = queries.sub_account(request.actor, pk)
    return _member_page(request, place)


def _member_page(request, place, *, boxes=None, password=None, refusal=None) -> HttpResponse:
    held = queries.boxes_of_team(request.actor).get(place.user_id, set())
    form = boxes or password
    context = {
        "place": place, "boxes": boxes or BoxesForm(initial={"boxes": sorted(held)}), "password": password or NewPasswordForm(),
        "end_key": new_key(), "form": form, "refusal": refusal, "nav": "team",
    }  # fmt: skip
    return render(request, "accounts/member_detail.html", context, status=refusal.status if refusal else 422 if form else 200)


@login_required
@require_POST
def member_boxes(request, pk) -> HttpResponse:
    """Give a sub-account exactly the ticked permissions."""
    form = BoxesForm(request.POST)
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
    return _member_page(request, queries.sub_account(request.actor, pk), boxes=form)


@login_required
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


@login_required
def log(request) -> HttpResponse:
    """Who did what in this enterprise, newest first; only the enterprise's own chain."""
    require(request.actor, VIEW_LOG)
    people = queries.people_of(request.actor)
    names = sorted(((name, fact_label(name)) for name in queries.fact_names_of(request.actor)), key=lambda pair: str(pair[1]))
    form = LogFilterForm(request.GET or None, people=people, names=names)
    chosen = form.cleaned_data if form.is_valid() else {}
    before = request.GET.get("before", "")
    links = queries.operation_log(
        request.actor, **chosen, before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )
    page, more = links[: queries.LOG_PAGE], len(links) > queries.LOG_PAGE
    query = request.GET.copy()
    query["before"] = str(page[-1].seq) if page else ""
    subjects = queries.log_subjects([link.fact for link in page])
    rows = [_row(link, people, subjects[link.fact_id]) for link in page]
    context = {
        "form": form,
        "rows": rows,
        "next_url": f"?{query.urlencode()}" if more else "",
        "nav": "log",
        "filtered": any(chosen.values()),
    }
    return render(request, "accounts/log_list.html", context)


def _row(link, people: dict[int, str], subject: str) -> dict:
    fact = link.fact
    kinds = {
        "timer": _("the clock"), "command": _("the system"), "custodian": _("the custodian"),
        "staff": pgettext("operation log", "the platform's staff"),
    }  # fmt: skip
    own = people.get(fact.actor_user_id) if fact.acting_for in ("", link.chain) else None  # the same person may act for another firm
    who = (
        own
        or kinds.get(fact.actor_kind)
        or (pgettext("operation log", "the other party") if fact.acting_for and fact.acting_for != link.chain else _("a former member"))
    )
    what = fact_label(fact.name)
    if fact.payload.get("policy"):
        what = _("%(what)s: %(which)s") % {"what": what, "which": policy_label(fact.payload["policy"])}
    minor, currency = fact.payload.get("amount_minor"), fact.payload.get("currency", "")
    return {
        "seq": link.seq, "at": fact.at, "who": who, "what": what, "subject": subject, "hash": link.hash,
        "amount": plain_money(Money(minor, currency)) if isinstance(minor, int) and currency else "",
        "changes": [_change(row, currency) for row in change_labels(fact)],
    }  # fmt: skip


def _change(row: dict, currency: str) -> dict:
    named = {"boxes": _("permissions"), "on_hand": _("stock"), "limit_minor": _("credit limit")}
    sums = row["field"].endswith("_minor") and currency
    before, after = (
        _shown(Money(value, currency) if sums and isinstance(value, int) else value) for value in (row["before"], row["after"])
    )
    return {"field": named.get(row["field"], row["field"]), "before": before, "after": after}


def _shown(value) -> str:
    if isinstance(value, Money):
        return plain_money(value)
    if isinstance(value, list):
        return ", ".join(str(GRID.get(v, v)) for v in value) or "—"
    return "—" if value in (None, "") else str(value)


def own_addresses(request):
    """allauth's page for a person's e-mail addresses, closed to sub-accounts: their log-in stays with their main account (H15)."""
    queries.may_have_address(request.user)
    return email_page(request)
