"""The marketplace: words and facets from the address, one query, rows."""

from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kernel.money import EXPONENTS
from kernel.refusals import NotFound

from .. import queries
from . import facets

SORTS = ("best", "new", "price", "dear")
PLACES = 8
_FILTERS = ("c", "g", "ready", "place", "have", "cur", "min", "max")
_PARAMETER = {
    "category": ("c",), "guaranteed": ("g",), "ready": ("ready",), "place": ("place",), "have": ("have",), "currency": ("cur",),
    "price": ("min", "max"),
}  # fmt: skip


def market(request):
    return _page(request, request.GET.copy(), queries.market_tree())


def category(request, slug):
    """One category's goods and all below it; the same page with the category's box ticked."""
    tree = queries.market_tree()
    found = tree.by_slug.get(slug)
    if found is None:
        raise NotFound()
    asked = request.GET.copy()
    asked.setlist("c", [found.code])
    return _page(request, asked, tree, found)


def _page(request, asked: QueryDict, tree: queries.Tree, only=None):
    own = queries.own_goods(request.actor)
    fields = facets.asked_for(asked.getlist("c")[:13], tree)
    search = search_of(asked, own, fields)
    result = queries.market_page(search, tree, after=asked.get("after", ""), before=asked.get("before", ""))
    applied = _applied(asked, own, tree, fields)
    counts = result.facets or ({"category": queries.subtree_counts(tree)} if not search.q and not applied else {})
    context = {
        "q": search.q, "give": asked.get("give", ""), "give_options": [(row.no, row.title) for row in own.listings],
        "result": result, "listings": result.page.rows, "only": only, "own": own.only(asked.get("give", "")), "given": search.give,
        "facets": facets.groups(asked, tree, counts, own, result, fields), "price_range": facets.price_range(asked, search),
        "hidden": [(name, asked[name]) for name in ("q", "give", "sort") if asked.get(name)],
        "applied": applied, "clear_url": _url(asked, *_FILTERS, *(name for name in asked if name.startswith("a."))),
        "sorts": _sorts(asked, search.sort),
        "next_url": _url(asked, after=result.page.after) if result.page.after else "",
        "previous_url": _url(asked, before=result.page.before) if result.page.before else "",
        "easier": _easier(asked, result), "want_query": _wanted(search, tree), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/market.html", context)


def search_of(asked: QueryDict, own, fields) -> queries.Search:
    """What an address asks for; the currency that prices are compared in is written into it when it names none."""
    sort = asked.get("sort") if asked.get("sort") in SORTS else "best"
    low, high = _decimal(asked.get("min")), _decimal(asked.get("max"))
    currency = asked.get("cur", "") if asked.get("cur") in EXPONENTS else ""
    if not currency and (low is not None or high is not None or sort in ("price", "dear")):
        currency = "CNY"  # prices can be compared in one currency only; the chip says which
        asked["cur"] = currency
    by_no = {row.no: row.code for row in own.listings}
    q, give = _text(asked, "q"), _text(asked, "give")
    categories = asked.getlist("c")[:13]
    return queries.Search(
        q=q, give="" if give in by_no else give, categories=categories, ready=bool(asked.get("ready")), guaranteed=bool(asked.get("g")),
        places=[p for p in asked.getlist("place") if p.isprintable()][:PLACES], currency=currency,
        price_min=_minor(low, currency), price_max=_minor(high, currency),
        have=[by_no[no] for no in asked.getlist("have") if no in by_no], attributes=facets.attributes(asked, fields),
        fields=fields,
        own_categories=own.only(give).categories, sort=sort,
    )  # fmt: skip


def _wanted(search, tree: queries.Tree) -> str:
    """What a request that is posted from here begins with."""
    known = tree.by_code
    values = {"title": search.q, "category": next((c for c in search.categories if c in known), ""), "can_give": search.give}
    return urlencode({name: value for name, value in values.items() if value})


def _text(asked: QueryDict, name: str) -> str:
    return "".join(c for c in asked.get(name, "") if c.isprintable()).strip()[:100]


def _decimal(text: str | None) -> Decimal | None:
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < 10**12 else None


def _minor(value: Decimal | None, currency: str) -> int | None:
    return None if value is None else int(value.scaleb(EXPONENTS[currency]))


def _url(asked: QueryDict, *without: str, **values: str) -> str:
    """The market's address with some parameters dropped or set; a page cursor never survives."""
    query = asked.copy()
    for name in (*without, "after", "before"):
        query.pop(name, None)
    for name, value in values.items():
        query[name] = value
    for name in list(query):
        if not any(query.getlist(name)):
            del query[name]
    text = query.urlencode()
    return reverse("catalog:market") + (f"?{text}" if text else "")


def _applied(asked: QueryDict, own, tree: queries.Tree, fields) -> list[dict]:
    chips = []
    titles, known = {row.no: row.title for row in own.listings}, tree.by_code
    labels = {
        "c": lambda v: known[v].name if v in known else "", "ready": lambda v: _("Ready to ship"), "place": str, "cur": str,
        "g": lambda v: _("Guaranteed sellers only"),
        "have": lambda v: _("Wants %(goods)s") % {"goods": titles[v]} if v in titles else "",
        "min": lambda v: _("From %(price)s") % {"price": v}, "max": lambda v: _("Up to %(price)s") % {"price": v},
    }  # fmt: skip
    labels |= {f"a.{a.code}": lambda v, a=a: facets.said(a, v) for a in fields}
    for name, label_of in labels.items():
        for value in asked.getlist(name):
            if value and (label := label_of(value)):
                rest = asked.copy()
                rest.setlist(name, [v for v in asked.getlist(name) if v != value])
                chips.append({"label": label, "url": _url(rest)})
    return chips


def _sorts(asked: QueryDict, current: str) -> list[dict]:
    labels = {"best": _("Best match"), "new": _("Newest"), "price": pgettext("sort", "Price"), "dear": _("Price, high to low")}
    shown = [name for name in labels if name != "dear" or current == "dear"]
    return [{"label": labels[name], "url": _url(asked, sort=name), "on": name == current} for name in shown]


def _easier(asked: QueryDict, result) -> dict | None:
    """For an empty page: the filter that costs most, and the page without it."""
    name, n = result.strictest
    if result.total or not name:
        return None
    titles = {
        "category": _("Category"), "guaranteed": _("Guaranteed sellers only"), "ready": _("Ready to ship"),
        "place": _("Ships from"), "have": _("Wants what you have"),
        "currency": _("Currency"), "price": pgettext("sort", "Price"),
    }  # fmt: skip
    titles |= {f"a.{attribute.code}": attribute.label for attribute in (result.asking.search.fields if result.asking else ())}
    text = ngettext("Without the filter “%(name)s” there is %(n)s offer.", "Without the filter “%(name)s” there are %(n)s offers.", n)
    return {"text": text % {"name": titles[name], "n": n}, "url": _url(asked, *_PARAMETER.get(name, (name,))), "name": titles[name]}
