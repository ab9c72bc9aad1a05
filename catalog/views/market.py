"""The marketplace: words and facets from the address, one query, rows."""

from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from kernel.money import EXPONENTS

from .. import queries
from ..models.listings import CURRENCIES

SORTS = ("best", "new", "price", "dear")
PLACES = 8


def market(request):
    return _page(request, request.GET.copy())


def category(request, slug):
    """One category's goods; the same page with the category's box ticked."""
    found = queries.category_at(slug)
    asked = request.GET.copy()
    asked.setlist("c", [found.code])
    return _page(request, asked, found)


def _page(request, asked: QueryDict, only=None):
    own = queries.own_goods(request.actor)
    search = _search(asked, own)
    result = queries.market_page(search, after=asked.get("after", ""), before=asked.get("before", ""))
    names = {c.code: c.name for c in (*queries.categories(), *([only] if only else ()))}
    counts = result.facets or ({"category": queries.category_counts()} if not search.q and not _applied(asked, names, own) else {})
    context = {
        "q": search.q, "give": asked.get("give", ""), "give_options": [(row.no, row.title) for row in own.listings],
        "result": result, "listings": result.page.rows, "only": only, "own": own.only(asked.get("give", "")), "given": search.give,
        "facets": _facets(asked, names, counts, own), "price_range": _price_range(asked, search),
        "hidden": [(name, asked[name]) for name in ("q", "give", "sort") if asked.get(name)],
        "applied": _applied(asked, names, own), "clear_url": _url(asked, *_FILTERS), "sorts": _sorts(asked, search.sort),
        "next_url": _url(asked, after=result.page.after) if result.page.after else "",
        "previous_url": _url(asked, before=result.page.before) if result.page.before else "",
        "easier": _easier(asked, result), "nav": "market",
    }  # fmt: skip
    return render(request, "catalog/market.html", context)


_FILTERS = ("c", "ready", "place", "have", "cur", "min", "max")
_PARAMETER = {
    "category": ("c",), "ready": ("ready",), "place": ("place",), "have": ("have",), "currency": ("cur",), "price": ("min", "max"),
}  # fmt: skip


def _search(asked: QueryDict, own) -> queries.Search:
    sort = asked.get("sort") if asked.get("sort") in SORTS else "best"
    low, high = _decimal(asked.get("min")), _decimal(asked.get("max"))
    currency = asked.get("cur", "") if asked.get("cur") in EXPONENTS else ""
    if not currency and (low is not None or high is not None or sort in ("price", "dear")):
        currency = "CNY"  # prices can be compared in one currency only; the chip says which
        asked["cur"] = currency
    by_no = {row.no: row.category.root for row in own.listings}
    q, give = _text(asked, "q"), _text(asked, "give")
    if sort == "best" and not (q or give or own.listings):
        sort = "new"
    return queries.Search(
        q=q, give="" if give in by_no else give, categories=asked.getlist("c")[:13], ready=bool(asked.get("ready")),
        places=[p for p in asked.getlist("place") if p.isprintable()][:PLACES], currency=currency,
        price_min=_minor(low, currency), price_max=_minor(high, currency),
        have=[by_no[no] for no in asked.getlist("have") if no in by_no], own_categories=own.only(give).categories, sort=sort,
    )  # fmt: skip


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


def _facets(asked: QueryDict, names: dict, counts: dict, own) -> list[dict]:
    def options(parameter, name, pairs):
        chosen, counted = asked.getlist(parameter), counts.get(name)
        return [{"value": v, "label": label, "count": _n(counted, v), "on": str(v) in chosen} for v, label in pairs]

    ready = options("ready", "ready", [("1", _("Ready to ship"))])
    ready[0]["count"] = counts["ready"][True] if "ready" in counts else None
    have = options("have", "", [(row.no, row.title) for row in own.listings[:6]])
    for option, row in zip(have, own.listings, strict=False):
        option["count"] = counts["have"][row.category.root] if "have" in counts else None
    places = list(dict.fromkeys([*asked.getlist("place")[:PLACES], *(p for p, _n in _most(counts, "place"))]))[:PLACES]
    known = [c for c, _label in CURRENCIES if counts.get("currency", {}).get(c) or c == asked.get("cur")]
    currencies = [("", _("All currencies")), *((c, c) for c in known)]
    groups = [
        {"title": _("Wants what you have"), "name": "have", "options": have},
        {"title": _("Category"), "name": "c", "options": options("c", "category", names.items())},
        {"title": _("Delivery"), "name": "ready", "options": ready},
        {"title": _("Ships from"), "name": "place", "options": options("place", "place", [(p, p) for p in places])},
        {"title": _("Currency"), "name": "cur", "single": True, "options": options("cur", "currency", currencies)},
    ]
    if not asked.get("cur"):
        groups[-1]["options"][0].update(on=True, count=None)
    for group in groups:  # an option that shows nothing is only there to be taken back
        group["options"] = [o for o in group["options"] if o["count"] != 0 or o["on"]]
    return [g for g in groups if g["options"] and (g["name"] != "cur" or len(g["options"]) > 2)]


def _most(counts: dict, name: str):
    return counts[name].most_common(PLACES) if name in counts else []


def _n(counted, value) -> str | int | None:
    if counted is None or value == "":
        return None
    n = counted.get(value, 0)
    return "1000+" if n > 1000 else n


def _price_range(asked: QueryDict, search) -> dict:
    title = _("Price (%(currency)s)") % {"currency": search.currency or "CNY"}
    return {"title": title, "min_name": "min", "max_name": "max", "min": asked.get("min", ""), "max": asked.get("max", "")}


def _applied(asked: QueryDict, names: dict, own) -> list[dict]:
    chips = []
    titles = {row.no: row.title for row in own.listings}
    labels = {
        "c": lambda v: names.get(v, ""), "ready": lambda v: _("Ready to ship"), "place": str, "cur": str,
        "have": lambda v: _("Wants %(goods)s") % {"goods": titles[v]} if v in titles else "",
        "min": lambda v: _("From %(price)s") % {"price": v}, "max": lambda v: _("Up to %(price)s") % {"price": v},
    }  # fmt: skip
    for name in _FILTERS:
        for value in asked.getlist(name):
            if value and (label := labels[name](value)):
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
        "category": _("Category"), "ready": _("Ready to ship"), "place": _("Ships from"), "have": _("Wants what you have"),
        "currency": _("Currency"), "price": pgettext("sort", "Price"),
    }  # fmt: skip
    text = ngettext("Without the filter “%(name)s” there is %(n)s offer.", "Without the filter “%(name)s” there are %(n)s offers.", n)
    return {"text": text % {"name": titles[name], "n": n}, "url": _url(asked, *_PARAMETER[name]), "name": titles[name]}
