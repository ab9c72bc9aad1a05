"""Goods kept for named buyers: given by their seller, asked for by a buyer, answered, given up (H59)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.refusals import Denied, NotFound, Refusal

from .. import queries, services
from ..forms import ReservationForm, UntilForm


def _place(request) -> dict:
    return {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}


@login_required
def reservations(request):
    """What is kept of the actor's own goods, and what buyers ask for."""
    context = {"page": queries.reservations_given(request.actor, **_place(request)), "nav": "stock"}
    return render(request, "catalog/reservations.html", context)


@login_required
def own_reservations(request):
    """What is kept for the actor's enterprise."""
    context = {"page": queries.reservations_had(request.actor, **_place(request)), "nav": "reservations"}
    return render(request, "catalog/own_reservations.html", context)


@login_required
def reservation_new(request, no):
    """Keep goods of an own listing for a buyer."""
    listing, _page = queries.movements_of(request.actor, no)
    form = ReservationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.reserve_for_buyer(no, actor=request.actor, **form.cleaned_data)
        except (Denied, NotFound):
            raise
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%(no)s: the goods are kept for %(buyer)s.") % {"no": made.no, "buyer": made.buyer.name})
            return redirect("catalog:stock_of", no)
    context = {"form": form, "listing": listing, "nav": "stock"}
    return render(request, "catalog/reservation_new.html", context, status=422 if form.errors else 200)


@login_required
def reservation_ask(request, no):
    """Ask the seller of goods on sale to keep some."""
    listing = queries.reservation_goods(request.actor, no)
    form = UntilForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_reservation(no, actor=request.actor, **form.cleaned_data)
        except (Denied, NotFound):
            raise
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("The seller is asked. Nothing is kept for you until it says yes."))
            return redirect("catalog:own_reservations")
    context = {"form": form, "listing": listing, "open": queries.own_reservation(request.actor, listing), "nav": "reservations"}
    context["vip"] = queries.vip_actor(request.actor)
    return render(request, "catalog/reservation_ask.html", context, status=422 if form.errors else 200)


def _show(form, refusal: Refusal) -> None:
    named = {name: text for name, text in refusal.params.get("fields", {}).items() if name in form.fields}
    for name, text in (named or {None: str(refusal)}).items():
        form.add_error(name, text)


def _act(request, no: str, service, said: str, back: str):
    service(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, said % {"no": no})
    return redirect(back)


@login_required
@require_POST
def reservation_accept(request, no):
    return _act(request, no, services.accept_reservation, _("%(no)s: the goods are kept for the buyer."), "catalog:reservations")


@login_required
@require_POST
def reservation_decline(request, no):
    return _act(request, no, services.decline_reservation, _("%(no)s is declined."), "catalog:reservations")


@login_required
@require_POST
def reservation_release(request, no):
    return _act(request, no, services.release_reservation, _("%(no)s is given up; the goods are free again."), "catalog:reservations")


@login_required
@require_POST
def own_reservation_release(request, no):
    return _act(request, no, services.release_reservation, _("%(no)s is given up; the goods are free again."), "catalog:own_reservations")


@login_required
@require_POST
def own_reservation_withdraw(request, no):
    return _act(request, no, services.withdraw_reservation, _("%(no)s is withdrawn."), "catalog:own_reservations")
