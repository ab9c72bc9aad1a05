"""What is on hand, promised and free; and every movement behind it (H32)."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.queries import entry_named
from kernel.refusals import Refusal

from .. import queries, services
from ..forms import MovementForm


@login_required
def stock(request):
    page = queries.own_stock(request.actor, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "catalog/stock.html", {"page": page, "nav": "stock"})


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
    listing, page = queries.movements_of(request.actor, no, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    form = MovementForm(request.POST or None, initial=_undoing(request, no))
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.move_stock(no, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            values = {"kind": moved.get_kind_display(), "quantity": f"{moved.quantity.normalize():+f}"}
            messages.success(request, _("Booked: %(kind)s %(quantity)s.") % values)
            return redirect("catalog:stock_of", no)
    context = {"listing": listing, "page": page, "form": form, "nav": "stock"}
    return render(request, "catalog/stock_of.html", context, status=422 if form.errors else 200)
