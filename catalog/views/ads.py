"""Advertising places of VIP companies: booking, the own ones, and the way to the goods."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import require
from kernel.refusals import Refusal

from .. import queries, services
from ..forms import AdForm
from ..permissions import BOOK_AD


@login_required
def ads(request):
    """The company's advertisements with their figures; a posted form books another one."""
    rows = queries.own_ads(request.actor)
    form = AdForm(request.POST or None, goods=queries.own_goods(request.actor).listings, categories=queries.categories())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                ad = services.book_ad(actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                if refusal.status == 403:
                    raise
                form.add_error(None, str(refusal))
                status = 422
            else:
                messages.success(request, _("%(no)s is handed in; it runs on its days once it is approved.") % {"no": ad.no})
                return redirect("catalog:ads")
    context = {"ads": rows, "form": form, "vip": queries.vip_actor(request.actor), "nav": "ads"}
    return render(request, "catalog/ads.html", context, status=status)


@login_required
@require_POST
def ad_end(request, no):
    require(request.actor, BOOK_AD)  # staff end advertisements at their desk
    services.end_ad(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("%(no)s has ended.") % {"no": no})
    return redirect("catalog:ads")


@require_safe
def ad(request, no):
    """Count that an advertisement was followed, and lead to its goods."""
    found = queries.followed_ad(no)
    request.ads_opened = [found.pk]
    return redirect("catalog:offer", found.listing.no)
