"""What is on hand, promised and free; and every movement behind it (H32)."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.queries import entry_named
from kernel.refusals import Denied, NotFound, Refusal
from kernel.responses import private_file

from .. import queries, services
from ..forms import MovementForm, ThresholdForm


@login_required
def stock(request):
    """Own goods and their stock; those that run low are one click away."""
    low, q = request.GET.get("show") == "low", request.GET.get("q", "").strip()[:40]
    page = queries.own_stock(request.actor, low=low, q=q, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    tabs = [
        {"label": _("All"), "url": "?", "on": not low},
        {"label": _("Running low"), "url": "?show=low", "on": low, "n": queries.low_count(request.actor)},
    ]
    context = {"page": page, "tabs": tabs, "low": low, "q": q, "query": "show=low&" if low else "", "nav": "stock"}
    return render(request, "catalog/stock.html", context)


OPPOSITE = {"in": "out", "out": "in", "adjust": "adjust"}


def _undoing(request, no: str) -> dict:
    """What the form of a booking starts with when it was opened from the entry of another one in the operation log: its opposite (H18)."""
    seq, fact = entry_named(request.actor, request.GET.get("entry", ""))
    if fact is None or fact.payload.get("no") != no or fact.payload.get("kind") not in OPPOSITE:
        return {}
    kind, quantity = fact.payload["kind"], Decimal(fact.payload["quantity"])
    return {
        "kind": OPPOSITE[kind],
        "quantity": f"{(-quantity if kind == 'adjust' else abs(quantity)).normalize():f}",
        "reason": _("Reversal of entry #%(seq)s of our operation log") % {"seq": seq},
    }


@login_required
def movements(request, no):
    """One listing's movements; a posted form books a new one."""
    listing, page = _shelf(request, no)
    form = MovementForm(request.POST or None, request.FILES or None, initial=_undoing(request, no))
    if request.method == "POST" and _ready(request, form):
        try:
            moved = services.move_stock(no, actor=request.actor, **form.terms)
        except Refusal as refusal:
            form.add_error("paper" if "paper" in refusal.params.get("fields", {}) else None, str(refusal))
        else:
            values = {"kind": moved.get_kind_display(), "quantity": f"{moved.quantity.normalize():+f}"}
            messages.success(request, _("Booked: %(kind)s %(quantity)s.") % values)
            return redirect("catalog:stock_of", no)
    return _page(request, listing, page, form, None)


def _shelf(request, no: str):
    return queries.movements_of(request.actor, no, after=request.GET.get("after", ""), before=request.GET.get("before", ""))


def _ready(request, form: MovementForm) -> bool:
    """Whether the form is right; a paper is kept at once, so that a mistake in another field does not lose it."""
    form.full_clean()
    if upload := request.FILES.get("paper"):
        try:
            form.keep(services.keep_movement_paper(upload, actor=request.actor).token)
        except Denied:
            raise
        except Refusal as refusal:
            form.add_error("paper", str(refusal))
    return form.is_valid()


def _page(request, listing, page, form, threshold):
    held = queries.reservations_of(request.actor, listing)
    low_at = listing.stock.low_at
    threshold = threshold or ThresholdForm(initial={"low_at": f"{low_at.normalize():f}" if low_at else ""})
    wrong = bool(form.errors or threshold.errors)
    kept = form.data.get("kept_paper", "") if form.is_bound else ""
    context = {"listing": listing, "page": page, "form": form, "threshold": threshold, "held": held, "kept": kept, "nav": "stock"}
    return render(request, "catalog/stock_of.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def threshold(request, no):
    """Say when the goods of one listing are low."""
    listing, page = _shelf(request, no)
    form = ThresholdForm(request.POST)
    if form.is_valid():
        try:
            services.set_threshold(no, actor=request.actor, **form.cleaned_data)
        except (Denied, NotFound):
            raise
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("catalog:stock_of", no)
    return _page(request, listing, page, MovementForm(), form)


@login_required
def paper(request, token):
    """The paper of a movement."""
    return private_file(services.movement_paper(token, actor=request.actor), inline=True)
