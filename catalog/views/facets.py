"""The filters beside a list: their groups, options and counts."""

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .. import queries
from ..models.listings import CURRENCIES

PLACES, VALUES = 8, 12


def asked_for(categories, tree: queries.Tree) -> list:
    """The attributes that are filters while one category is chosen."""
    return queries.facet_attributes(categories[0], tree) if len(categories) == 1 else []


def attributes(asked: QueryDict, fields) -> dict[str, list[str]]:
    """The chosen values of attributes by code."""
    codes = [attribute.code for attribute in fields]
    chosen = {code: [v[:60] for v in asked.getlist(f"a.{code}") if v.isprintable()][:VALUES] for code in codes}
    return {code: values for code, values in chosen.items() if values}


def groups(asked: QueryDict, tree: queries.Tree, counts: dict, own, result, fields) -> list[dict]:
    """The filters as a form shows them; where nothing is counted, the values of this page's rows are offered."""
    rows = result.page.rows

    def options(parameter, name, pairs):
        chosen, counted = asked.getlist(parameter), counts.get(name)
        return [{"value": v, "label": label, "count": _n(counted, v), "on": str(v) in chosen} for v, label in pairs]

    have = options("have", "", [(row.no, row.title) for row in own.listings[:6]])
    for option, row in zip(have, own.listings, strict=False):
        option["count"] = counts["have"][row.code] if "have" in counts else None
    places = [*asked.getlist("place")[:PLACES], *_most(counts, "place", (row.place for row in rows))]
    places = list(dict.fromkeys(p for p in places if p.isprintable()))[:PLACES]
    there = counts["currency"] if "currency" in counts else {row.currency: 1 for row in rows}
    known = [c for c, _label in CURRENCIES if there.get(c) or c == asked.get("cur")]
    currencies = [("", _("All currencies")), *((c, c) for c in known)]
    found = [
        {"title": _("Wants what you have"), "name": "have", "options": have},
        {"title": _("Guarantee"), "name": "g", "options": _switch(asked, counts, "g", "guaranteed", _("Guaranteed sellers only"))},
        {"title": _("Category"), "name": "c", "options": _categories(asked, tree, counts.get("category"))},
        *_attributes(asked, counts, options, fields),
        {"title": _("Delivery"), "name": "ready", "options": _switch(asked, counts, "ready", "ready", _("Ready to ship"))},
        {"title": _("Ships from"), "name": "place", "options": options("place", "place", [(p, p) for p in places])},
        {"title": _("Currency"), "name": "cur", "single": True, "options": options("cur", "currency", currencies)},
    ]
    if not asked.get("cur"):
        found[-1]["options"][0].update(on=True, count=None)
    for group in found:  # an option that shows nothing is only there to be taken back
        group["options"] = [o for o in group["options"] if o["count"] != 0 or o["on"]]
    return [g for g in found if g["options"] and (g["name"] != "cur" or len(g["options"]) > 2)]


def price_range(asked: QueryDict, search) -> dict:
    """The pair of fields for prices, in the currency that is searched in."""
    title = _("Price (%(currency)s)") % {"currency": search.currency or "CNY"}
    return {"title": title, "min_name": "min", "max_name": "max", "min": asked.get("min", ""), "max": asked.get("max", "")}


def _categories(asked: QueryDict, tree: queries.Tree, counted) -> list[dict]:
    """The top categories; below each that is chosen, or leads to one that is, what it is divided into."""
    chosen = asked.getlist("c")
    opened = {code for c in chosen if c in tree.by_code for code in tree.lineage[tree.by_code[c].pk]}
    found: list[dict] = []

    def add(branch, depth):
        on = branch.code in chosen
        found.append({"value": branch.code, "label": branch.name, "count": _n(counted, branch.code), "on": on, "depth": depth})
        if branch.code in opened:
            for child in tree.children(branch.pk):
                add(child, depth + 1)

    for root in tree.roots:
        add(root, 0)
    return found


def _switch(asked: QueryDict, counts: dict, parameter: str, name: str, label: str) -> list[dict]:
    return [{"value": "1", "label": label, "count": counts[name][True] if name in counts else None, "on": bool(asked.get(parameter))}]


def _attributes(asked: QueryDict, counts: dict, options, fields) -> list[dict]:
    found = []
    for attribute in fields:
        name = f"a.{attribute.code}"
        values = [v for v in dict.fromkeys([*asked.getlist(name), *_most(counts, name, ())]) if v.isprintable()][:VALUES]
        found.append({"title": attribute.label, "name": name, "options": options(name, name, [(v, said(attribute, v)) for v in values])})
    return found


def said(attribute, value: str) -> str:
    """A value of an attribute, as it stands in an address, in the reader's words."""
    typed = value == "True" if attribute.kind == "yes_no" else value
    return attribute.words(typed, "en" if (get_language() or "").startswith("en") else "zh")


def _most(counts: dict, name: str, otherwise) -> list:
    return [value for value, _n in counts[name].most_common(PLACES)] if name in counts else list(dict.fromkeys(otherwise))


def _n(counted, value) -> str | int | None:
    if counted is None or value == "":
        return None
    n = counted.get(value, 0)
    return "1000+" if n > 1000 else n
