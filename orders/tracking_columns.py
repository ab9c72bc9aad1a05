"""The columns of a file of tracking events, and what a cell says: names in both languages, times of the clock in Beijing."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.refusals import Refusal
from kernel.workdays import SHANGHAI

from . import rules
from .models import TrackingEvent
from .tracking import WORDS

COLUMNS: Mapping[str, object] = {
    "waybill_no": _("Waybill number"), "carrier": _("Carrier"), "order_no": _("Order"), "kind": _("What happened"),
    "happened_at": pgettext_lazy("tracking", "Time"), "place": _("Place"),
}  # fmt: skip
NEEDED = ("waybill_no", "kind", "happened_at")
EXAMPLE = ("SF1385628716739", "sf", "", "in_transit", "2026-11-28 09:30", "武汉")
LANGUAGES = ("zh-hans", "en")
SHAPES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


def heads() -> list[str]:
    """The first row of a file, in the reader's language."""
    return [str(label) for label in COLUMNS.values()]


def columns_of(header: Sequence[str]) -> list[str]:
    """Which column each head names, empty for the reasons of an earlier try; raises Refusal header_unknown."""
    names = _names(dict(COLUMNS) | {"": _("Why it was refused")})
    found = [names.get(_folded(head)) for head in header]
    strange = [head[:40] or "—" for head, name in zip(header, found, strict=True) if name is None]
    twice = {name for name in found if name and found.count(name) > 1}
    if strange or twice or not set(NEEDED) <= set(found):
        words = {"heads": ", ".join(strange), "needed": ", ".join(str(COLUMNS[name]) for name in NEEDED)}
        text = _("The first row must name each column once, among them: %(needed)s. Not known: %(heads)s") % words
        raise Refusal("header_unknown", text if strange else _("The first row must name each column once, among them: %(needed)s.") % words)
    return [name or "" for name in found]


def read_row(values: Mapping[str, str]) -> tuple[dict, list[str]]:
    """What a row says, and what is wrong with it, in sentences."""
    kinds = {word: kind for word, kind in WORDS.items() if kind in dict(TrackingEvent.KINDS)} | _names(dict(TrackingEvent.KINDS))
    carriers = _names({code: name for code, (name, _shape) in rules.CARRIERS.items()})
    row = {
        "waybill_no": values.get("waybill_no", "").upper(), "order_no": values.get("order_no", "").upper(),
        "carrier": carriers.get(_folded(values.get("carrier", "")), ""), "kind": kinds.get(_folded(values.get("kind", "")), ""),
        "happened_at": _moment(values.get("happened_at", "")), "place": values.get("place", ""),
    }  # fmt: skip
    wrong = []
    if rules.waybill_refusal(row["waybill_no"]):
        wrong.append(rules.waybill_refusal(row["waybill_no"]))
    if values.get("carrier") and not row["carrier"]:
        wrong.append(_("This carrier is not known; leave the cell empty or choose one of the list on the shipping page."))
    if not row["kind"]:
        wrong.append(_("What happened must be one of: %(kinds)s.") % {"kinds": ", ".join(str(name) for _c, name in TrackingEvent.KINDS)})
    if row["happened_at"] is None:
        wrong.append(_("Write the time as 2026-11-28 09:30, in Beijing time."))
    if len(row["place"]) > 80 or not row["place"].isprintable():
        wrong.append(_("A place has at most 80 characters."))
    return row, [str(text) for text in wrong]


def _moment(cell: str) -> datetime | None:
    cell = re.sub(r"\s+", " ", cell.replace("T", " ")).strip()
    for shape in SHAPES:
        try:
            found = datetime.strptime(cell, shape).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
        return found if found.year >= 2000 else None
    return None


def _names(labels: Mapping[str, object]) -> dict[str, str]:
    """What may be written for each code: itself, or its name in either language."""
    found = {_folded(code): code for code in labels if code}
    for language in LANGUAGES:
        with translation.override(language):
            found |= {_folded(str(label)): code for code, label in labels.items()}
    return found


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
