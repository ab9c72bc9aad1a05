"""Requests for approval and their decision; limits, the threshold and stand-ins of a team."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from kernel.refusals import Denied, NotFound, Refusal

from .. import queries, services
from ..actors import require
from ..forms.approvals import AskForm, DecisionForm, LimitForm, StandInForm, ThresholdForm, fen, yuan
from ..forms.keyed import new_key
from ..permissions import CAPABILITIES, MANAGE_TEAM, VIEW_APPROVAL_RULES
from .security import reauthenticated

TABS = ("open", "decided", "own")


@login_required
def approvals(request) -> HttpResponse:
    """Requests: approvers see all of their company, others their own."""
    approver = queries.may_approve(request.actor)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "open" if approver else "own"
    before = request.GET.get("before", "")
    found = queries.approvals_page(
        request.actor, tab=tab, before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )
    page, more = found[: queries.APPROVALS_PAGE], len(found) > queries.APPROVALS_PAGE
    names = {"open": pgettext("approval", "Waiting"), "decided": _("Decided"), "own": _("Asked by me")}
    context = {
        "nav": "approvals", "tab": tab, "rows": [_row(row) for row in page], "allowance": queries.own_allowance(request.actor),
        "next_url": f"?{urlencode({'tab': tab, 'before': page[-1].pk})}" if more else "",
        "tabs": [{"label": name, "url": f"?tab={code}", "on": code == tab} for code, name in names.items()],
        "may_see_rules": request.actor.can(VIEW_APPROVAL_RULES),
    }  # fmt: skip
    return render(request, "accounts/approval_list.html", context)


def _row(row) -> dict:
    capability = CAPABILITIES.get(row.verb)
    return {
        "approval": row,
        "title": queries.asked_of(row).get("title") or row.subject,
        "act": capability.label if capability else row.verb,
    }


@login_required
def approval(request, pk: int) -> HttpResponse:
    """One request: what was asked, who decides or decided, and the way on for whoever asked."""
    return _detail(request, pk)


def _detail(request, pk: int, *, form=None, status: int = 200) -> HttpResponse:
    row = queries.approval_for(request.actor, pk)
    asked, own = queries.asked_of(row), row.membership.user_id == request.actor.user_id
    right = None
    if row.state == "requested" and not own and queries.may_approve(request.actor):
        right = queries.chosen_authority(queries.authorities(request.actor), row, approving=False)
    context = {
        **_row(row), "nav": "approvals", "asked": asked, "own": own, "form": form, "decision": form or DecisionForm(), "right": right,
        "may_approve_it": bool(right) and _enough(request.actor, row), "withdraw_key": new_key(),
        "may_withdraw": (own and row.state in ("requested", "approved"))
        or (row.state == "approved" and queries.may_approve(request.actor)),
    }  # fmt: skip
    return render(request, "accounts/approval_detail.html", context, status=status)


def _enough(actor, row) -> bool:
    if queries.in_hand_of(queries.place_of_actor(actor), row.membership):
        return False
    return queries.chosen_authority(queries.authorities(actor), row, approving=True) is not None


@login_required
@require_POST
def approval_new(request) -> HttpResponse:
    """Ask for approval of the act that was just refused."""
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            row = services.ask_approval(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return _needed(request, form, refusal.status)
        messages.success(request, _("Approval is asked for. You get a notice when it is decided."))
        return redirect("accounts:approval", row.pk)
    return _needed(request, form, 422)


def _needed(request, form, status: int) -> HttpResponse:
    asked = {}
    try:
        asked = queries.opened_ticket(request.actor, request.POST.get("ticket", ""))["asked"]
    except Refusal as refusal:
        if refusal.code != "ticket_old":
            raise
    context = {
        "nav": "approvals", "form": form, "asked": asked, "back": asked.get("url") or reverse("accounts:approvals"),
        "ticket": request.POST.get("ticket", ""), "note": request.POST.get("note", ""), "request_key": new_key(),
    }  # fmt: skip
    return render(request, "accounts/approval_needed.html", context, status=status)


@login_required
@require_POST
def approval_decide(request, pk: int) -> HttpResponse:
    """Approve or refuse a colleague's request."""
    queries.authorities(request.actor)  # whoever may not decide learns nothing about the form
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _detail(request, pk, form=form, status=422)
    try:
        row = services.decide_approval(pk, actor=request.actor, **form.cleaned_data)
    except NotFound:
        raise
    except Refusal as refusal:
        form.add_error("note" if refusal.code == "reason_missing" else None, str(refusal))
        return _detail(request, pk, form=form, status=refusal.status)
    messages.success(request, _("Approved.") if row.state == "approved" else _("Refused."))
    return redirect("accounts:approval", pk)


@login_required
@require_POST
def approval_withdraw(request, pk: int) -> HttpResponse:
    """Take a request, or an approval that was not used, back."""
    services.withdraw_approval(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The request is withdrawn."))
    return redirect("accounts:approval", pk)


@login_required
def approval_rules(request) -> HttpResponse:
    """How acts are approved here: threshold, limits of every sub-account, stand-ins."""
    return _rules(request)


def _rules(request, *, threshold=None, stand_in=None, status: int = 200) -> HttpResponse:
    actor = request.actor
    require(actor, VIEW_APPROVAL_RULES)
    above = queries.threshold_of(actor.enterprise_id)
    own = queries.own_authority(actor)
    context = {
        "nav": "approvals", "above": above, "threshold": threshold or ThresholdForm(initial={"above": yuan(above)}),
        "stand_in": (stand_in or StandInForm(people=queries.possible_stand_ins(actor))) if own else None,
        "form": threshold or stand_in, "people": queries.limits_of_team(actor), "end_key": new_key(),
        "stand_ins": [(row, actor.is_main or row.giver.user_id == actor.user_id) for row in queries.stand_ins_of(actor)],
        "may_set_limits": actor.can(MANAGE_TEAM),
    }  # fmt: skip
    return render(request, "accounts/approval_rules.html", context, status=status)


@reauthenticated
@require_POST
def approval_threshold(request) -> HttpResponse:
    """Set or lift the threshold; the main account only."""
    require(request.actor, MANAGE_TEAM)
    if not request.actor.is_main:
        raise Denied("main_only", _("Only the main account sets the threshold."))
    form = ThresholdForm(request.POST)
    if form.is_valid():
        try:
            above, key = fen(form.cleaned_data["above"]), form.cleaned_data["request_key"]
            services.set_approval_rule(above_minor=above, actor=request.actor, request_key=key)
        except Refusal as refusal:
            form.add_error("above", str(refusal))
        else:
            messages.success(request, _("Saved. It holds from the next act of every sub-account."))
            return redirect("accounts:approval_rules")
    return _rules(request, threshold=form, status=422)


@reauthenticated
@require_POST
def stand_in_new(request) -> HttpResponse:
    """Name somebody who approves in one's place."""
    require(request.actor, VIEW_APPROVAL_RULES)
    form = StandInForm(request.POST, people=queries.possible_stand_ins(request.actor))
    if form.is_valid():
        try:
            services.name_stand_in(actor=request.actor, **form.cleaned_data)
        except (Denied, NotFound):
            raise
        except Refusal as refusal:
            form.add_error("ends_on", str(refusal))
        else:
            messages.success(request, _("The stand-in is named."))
            return redirect("accounts:approval_rules")
    return _rules(request, stand_in=form, status=422)


@reauthenticated
@require_POST
def stand_in_end(request, pk: int) -> HttpResponse:
    """End a stand-in early."""
    services.end_stand_in(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("The stand-in has ended."))
    return redirect("accounts:approval_rules")


@reauthenticated
def member_limits(request, pk: int) -> HttpResponse:
    """What one sub-account may commit to alone."""
    place = queries.sub_account(request.actor, pk)
    limit = queries.limit_of(place)
    start = {"per_order": yuan(limit.per_order_minor), "per_period": yuan(limit.per_period_minor), "period": limit.period} if limit else {}
    form, status = LimitForm(request.POST or None, initial=start), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.set_limit(
                    pk, per_order_minor=fen(data["per_order"]), per_period_minor=fen(data["per_period"]), period=data["period"],
                    actor=request.actor, request_key=data["request_key"],
                )  # fmt: skip
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Limits saved. They hold from the next act of that person."))
                return redirect("accounts:member_limits", pk)
    context = {"place": place, "form": form, "allowance": queries.allowance_of(place), "nav": "team"}
    return render(request, "accounts/member_limits.html", context, status=status)
