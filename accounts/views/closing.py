"""Closing the company's account: everything that is still open, linked, and then the last step."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from kernel.refusals import Refusal

from .. import queries, services
from ..forms.freezes import CloseForm
from .security import reauthenticated

CLOSED = "closed_company"  # session key: the name of the company that was closed just now


@reauthenticated
def close(request) -> HttpResponse:
    """What keeps the company from closing, else the form that closes it (H22)."""
    enterprise = queries.closable(request.actor)
    form, status = CloseForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.close_enterprise(actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error("typed_name" if refusal.code == "name_differs" else None, str(refusal))
                status = refusal.status
            else:
                if not queries.enterprises_of(request.user).exists():
                    logout(request)
                request.session[CLOSED] = enterprise.name
                return redirect("accounts:close_done")
    blockers = queries.closing_blockers(enterprise.pk)
    context = {"form": form, "enterprise": enterprise, "blockers": blockers, "nav": "company"}
    return render(request, "accounts/close.html", context, status=status)


@never_cache
def close_done(request) -> HttpResponse:
    """That the company's account is closed, for whoever closed it."""
    if CLOSED not in request.session:
        return redirect("home")
    return render(request, "accounts/close_done.html", {"name": request.session[CLOSED]})
