"""Inviting people to the team, and accepting; and which of one's companies to act for."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kernel.refusals import NotFound, Refusal

from .. import queries, services
from ..actors import require
from ..forms.keyed import new_key
from ..forms.team import InvitationForm
from ..permissions import GRID, MANAGE_TEAM
from .security import reauthenticated
from .team import place_refusal


@reauthenticated
def invite(request) -> HttpResponse:
    """Invite somebody with an own log-in by mail."""
    require(request.actor, MANAGE_TEAM)
    form = InvitationForm(request.POST or None, actor=request.actor, role=request.GET.get("role", ""))
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            place_refusal(form, refusal)
        else:
            messages.success(request, _("Invitation sent to %(address)s.") % {"address": invitation.email or form.cleaned_data["email"]})
            return redirect("accounts:team")
    return render(request, "accounts/invitation_new.html", {"form": form, "nav": "team"}, status=422 if form.errors else 200)


@reauthenticated
@require_POST
def resend(request, pk) -> HttpResponse:
    """Send an invitation again, with a new link."""
    services.resend_invitation(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Sent again. The old link no longer works."))
    return redirect("accounts:team")


@login_required
@require_POST
def revoke(request, pk) -> HttpResponse:
    """Withdraw an invitation."""
    services.revoke_invitation(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Invitation withdrawn. Its link no longer works."))
    return redirect("accounts:team")


@never_cache
def invitation(request, token) -> HttpResponse:
    """What an invitation's link opens: who invites, and a button for whoever is logged in."""
    if request.method == "POST":
        return _accept(request, token)
    try:
        found = queries.invitation_by_token(token)
    except NotFound:
        return render(request, "accounts/invitation_gone.html", status=404)
    context = {
        "invitation": found, "firm": found.enterprise.local_name(get_language() or ""), "here": request.get_full_path(),
        "boxes": [GRID[box] for box in GRID if box in found.boxes], "key": new_key(),
    }  # fmt: skip
    return render(request, "accounts/invitation.html", context)


def _accept(request, token) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect(f"{reverse('account_login')}?next={request.path}")
    try:
        place = services.accept_invitation(token, actor=request.actor, request_key=request.POST.get("request_key", ""))
    except NotFound:
        return render(request, "accounts/invitation_gone.html", status=404)
    _act_for(request, place.enterprise_id)
    messages.success(request, _("You belong to the team now and act for this company."))
    return redirect("dashboard")


@login_required
def switch(request) -> HttpResponse:
    """The companies somebody belongs to; a POST acts for another of them from now on."""
    if request.method != "POST":
        firms = [{"row": firm, "name": firm.local_name(get_language() or "")} for firm in queries.enterprises_of(request.user)]
        return render(request, "accounts/enterprise_switch.html", {"firms": firms, "nav": "company"})
    try:
        enterprise_id = int(request.POST.get("enterprise", "")[:12])
    except ValueError as error:
        raise NotFound() from error
    enterprise = services.switch_enterprise(enterprise_id, actor=request.actor)
    _act_for(request, enterprise.pk)
    wanted = request.POST.get("next", "")
    return redirect(wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else reverse("dashboard"))


def _act_for(request, enterprise_id: int) -> None:
    """Choose for this session; forms on pages opened before carry a dead token and are refused instead of acting for the other company."""
    if request.session.get(queries.ACTING_FOR) != enterprise_id:
        request.session[queries.ACTING_FOR] = enterprise_id
        rotate_token(request)
