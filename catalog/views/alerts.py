"""Saved searches, followed firms, and the offers that came to them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from kernel.money import Money
from kernel.refusals import Refusal

from .. import queries, services
from ..forms import ChangeSearchForm, SaveSearchForm
from . import facets
from .market import search_of

KEPT = ("q", "give", "c", "g", "ready", "place", "have", "cur", "min", "max", "sort")  # of a market address, beside its attributes
ADDRESS, LONGEST = 500, 2000  # that is kept, that is read


@login_required
def alerts(request):
    wants = list(queries.own_wants(request.actor))
    by_want = queries.searches_of_wants(wants)
    context = {
        "searches": queries.own_searches(request.actor), "nav": "alerts",
        "wants": [{"want": want, "search": by_want.get(want.pk)} for want in wants],
    }  # fmt: skip
    return render(request, "catalog/alerts.html", context)


@login_required
def alert_new(request):
    """Give the search whose address came along a name, and keep it."""
    tree = queries.market_tree()
    text = request.POST.get("query", "") if request.method == "POST" else request.META.get("QUERY_STRING", "")
    search, fields, address = _asked(request, text, tree)
    names = [tree.by_code[code].name for code in search.categories if code in tree.by_code]
    start = {"query": address, "name": " · ".join(filter(None, [search.q, *names]))[:80] or _("All new offers"), "by_mail": True}
    form = SaveSearchForm(request.POST or None, initial=start)
    too_long = len(text) > LONGEST or len(address) > ADDRESS  # a part of it would find more than was asked for
    if request.method == "POST" and not too_long and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("weekly", "by_mail", "request_key")}
        asked = {"q": search.q, "categories": list(search.categories), "filters": queries.kept_of(search), "query": address}
        try:
            services.save_search(form.cleaned_data["name"], actor=request.actor, **asked, **told)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The search is saved. New offers that fit come to your inbox."))
            return redirect("catalog:alerts")
    context = {"form": form, "asked": _words(search, names, fields), "back": _market(address), "too_long": too_long, "nav": "alerts"}
    return render(request, "catalog/alert_new.html", context, status=422 if form.errors or (too_long and form.is_bound) else 200)


def _asked(request, text: str, tree) -> tuple[queries.Search, list, str]:
    """The search of a market address, as the market reads it; its attributes; the address without what only says how it is shown."""
    asked = QueryDict(text[:LONGEST], mutable=True)
    for name in list(asked):
        if (name not in KEPT and not name.startswith("a.")) or not any(asked.getlist(name)):
            del asked[name]
    fields = facets.asked_for(asked.getlist("c")[:13], tree)
    search = search_of(asked, queries.own_goods(request.actor), fields)
    asked.pop("sort", None)
    address = asked.urlencode()
    return search, fields, address


def _market(query: str) -> str:
    return reverse("catalog:market") + (f"?{query}" if query else "")


def _words(search: queries.Search, names: list[str], fields) -> list[tuple[str, str]]:
    prices = " – ".join("" if minor is None else f"{Money(minor, search.currency)}" for minor in (search.price_min, search.price_max))
    rows = [
        (_("Words"), search.q), (_("What you can give"), search.give if not search.q else ""), (_("Category"), ", ".join(names)),
        *((a.label, ", ".join(facets.said(a, v) for v in search.attributes.get(a.code, ()))) for a in fields),
        (_("Ready to ship"), _("yes") if search.ready else ""), (_("Guaranteed sellers only"), _("yes") if search.guaranteed else ""),
        (_("Wants what you have"), _("yes") if search.have else ""), (_("Ships from"), ", ".join(search.places)),
        (_("Currency"), search.currency), (pgettext("sort", "Price"), prices.strip("– ") and prices),
    ]  # fmt: skip
    return [(label, value) for label, value in rows if value]


@login_required
def alert(request, pk):
    """The offers that came to one saved search or request, and how to be told of more."""
    search = queries.own_search(request.actor, pk)
    page = queries.offers_for(search, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    form = ChangeSearchForm(initial={"paused": bool(search.paused_at), "weekly": search.weekly, "by_mail": search.by_mail})
    context = {"search": search, "page": page, "own": queries.own_goods(request.actor), "form": form, "nav": "alerts"}
    if search.kind == "search":
        context["market_url"] = _market(search.query)
    return render(request, "catalog/alert.html", context)


@login_required
@require_POST
def alert_change(request, pk):
    form = ChangeSearchForm(request.POST)
    if not form.is_valid():
        raise Refusal("key_malformed")
    services.change_search(pk, actor=request.actor, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("catalog:alert", pk)


@login_required
@require_POST
def alert_end(request, pk):
    services.end_search(pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("Removed. You are told of no more offers by it."))
    return redirect("catalog:alerts")


@login_required
@require_POST
def follow(request, handle):
    services.follow_firm(handle, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("You follow this firm: its new offers come to your inbox."))
    return redirect("catalog:firm", handle)
