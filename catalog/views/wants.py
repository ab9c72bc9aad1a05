"""Requests: the list, one request with the way to offer for it, posting, closing, renewing."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.refusals import Refusal

from .. import queries, services
from ..forms import WantFilterForm, WantForm
from ..permissions import ASK_SELLER


def wanted(request):
    """Open requests of everybody, and the visitor's own."""
    codes = queries.categories()
    chosen = next((c for c in codes if c.slug == request.GET.get("c")), None)
    form = WantFilterForm(request.GET, categories=codes)
    asked = form.asked
    page = queries.open_wants(
        category=chosen.code if chosen else "", after=request.GET.get("after", ""), before=request.GET.get("before", ""), **asked
    )
    own = list(queries.own_wants(request.actor)) if request.actor.user_id else []
    kept = ({"c": chosen.slug} if chosen else {}) | {name: request.GET.get(name, "") for name in asked}
    context = {
        "page": page, "categories": codes, "chosen": chosen, "own_wants": own, "query": f"{urlencode(kept)}&" if kept else "", "form": form,
        "narrowed": bool(kept), "searches": queries.searches_of_wants(own) if own else {}, "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/wanted.html", context)


def want(request, no):
    """One request: what is looked for, what is given for it, and how the visitor's goods fit."""
    row = queries.seen_want(request.actor, no)
    own = queries.own_goods(request.actor)
    mine = bool(request.actor.user_id) and (
        row.person_id == request.actor.user_id or (row.enterprise_id is not None and row.enterprise_id == request.actor.enterprise_id)
    )
    fitting = [] if mine else queries.fitting_goods(own, row)
    given = queries.goods_given(row)
    codes = {c.code: c.name for c in queries.categories()}
    context = {
        "want": row, "mine": mine, "own": own, "fitting": fitting, "covered": queries.covered_percent(fitting), "given": given,
        "give_names": [codes[code] for code in row.give_categories if code in codes], "nav": "market",
        "may_offer": not mine and row.state == "open" and row.enterprise is not None and row.enterprise.state == "verified",
        "conversation": None if mine else queries.inquiry_about(request.actor, want_id=row.pk),
        "may_ask": request.actor.can(ASK_SELLER),
    }  # fmt: skip
    return render(request, "catalog/want.html", context)


@login_required
def want_new(request):
    queries.require_poster(request.actor)
    goods = queries.own_goods(request.actor).listings
    start = {"title": request.GET.get("title", "")[:120], "currency": "CNY"}
    form = WantForm(request.POST or None, categories=queries.categories(), goods=goods, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            posted = services.post_want(actor=request.actor, **form.asked)
        except Refusal as refusal:
            form.show_refusal(refusal)
        else:
            messages.success(request, _("Your request %(no)s is published.") % {"no": posted.no})
            return redirect("catalog:want", posted.no)
    return render(request, "catalog/want_new.html", {"form": form, "nav": "market"}, status=422 if form.errors else 200)


@login_required
@require_POST
def want_close(request, no):
    services.close_want(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Your request %(no)s is closed.") % {"no": no})
    return redirect("catalog:wanted")


@login_required
@require_POST
def want_renew(request, no):
    services.renew_want(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Your request %(no)s is shown for another 60 days.") % {"no": no})
    return redirect("catalog:want", no)
