"""Which narrowed sub-accounts see an order."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.queries import narrowed_people

from .. import queries, services
from ..forms import GrantForm, new_key
from .links import url_of


@login_required
@reauthentication_required
def order_people(request, no: str):
    """Grant an order to sub-accounts that see only granted ones, or take it back."""
    order, granted = queries.order_to_grant(request.actor, no)
    people = narrowed_people(request.actor, "only_granted_orders")
    if request.method == "POST":
        form = GrantForm(request.POST, people=people)
        if form.is_valid():
            services.grant_order(no, actor=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved. It holds from the next click of these people."))
            return redirect("orders:detail", no)
        granted = {int(pk) for pk in request.POST.getlist("people") if pk.isascii() and pk.isdecimal()}
    context = {
        "no": no, "people": people, "granted": granted, "key": new_key(), "back_url": url_of(order), "back_label": no, "nav": "orders",
    }  # fmt: skip
    return render(request, "accounts/grants.html", context, status=422 if request.method == "POST" else 200)
