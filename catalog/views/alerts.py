"""Saved searches, followed firms, and the offers that came to them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.refusals import Refusal

from .. import queries, services
from ..forms import ChangeSearchForm, SaveSearchForm, search_in


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
    names = {c.code: c.name for c in queries.categories()}
    text = request.POST.get("query", "") if request.method == "POST" else request.META.get("QUERY_STRING", "")
    asked = search_in(text, names)
    start = {"query": asked["query"], "name": _name(asked, names), "by_mail": True}
    form = SaveSearchForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("weekly", "by_mail", "request_key")}
        try:
            services.save_search(form.cleaned_data["name"], actor=request.actor, **asked, **told)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The search is saved. New offers that fit come to your inbox."))
            return redirect("catalog:alerts")
    context = {"form": form, "asked": _words(asked, names), "back": _market(asked["query"]), "nav": "alerts"}
    return render(request, "catalog/alert_new.html", context, status=422 if form.errors else 200)


def _market(query: str) -> str:
    return reverse("catalog:market") + (f"?{query}" if query else "")


def _name(asked: dict, names: dict) -> str:
    return " · ".join(filter(None, [asked["q"], *(names[code] for code in asked["categories"])]))[:80] or _("All new offers")


def _words(asked: dict, names: dict) -> list[tuple[str, str]]:
    filters = asked["filters"]
    rows = [
        (_("Words"), asked["q"]), (_("Category"), ", ".join(names[code] for code in asked["categories"])),
        (_("Ready to ship"), _("yes") if filters["ready"] else ""), (_("Ships from"), ", ".join(filters["places"])),
        (_("Currency"), filters["currency"]),
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
