"""What is on hand, promised and free; and every movement behind it (H32)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kernel.refusals import Refusal

from .. import queries, services
from ..forms import MovementForm


@login_required
def stock(request):
    page = queries.own_stock(request.actor, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "catalog/stock.html", {"page": page, "nav": "stock"})


@login_required
def movements(request, no):
    """One listing's movements; a posted form books a new one."""
    listing, page = queries.movements_of(request.actor, no, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    form = MovementForm(request.POST or None)
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
