"""Units that goods are counted in; the codes are stored, the words are shown."""

from django.utils.translation import get_language, pgettext_lazy

UNITS = [
    ("t", pgettext_lazy("unit", "t")),
    ("kg", pgettext_lazy("unit", "kg")),
    ("pcs", pgettext_lazy("unit", "pcs")),
    ("set", pgettext_lazy("unit", "set")),
    ("box", pgettext_lazy("unit", "box")),
    ("carton", pgettext_lazy("unit", "carton")),
    ("roll", pgettext_lazy("unit", "roll")),
    ("ream", pgettext_lazy("unit", "ream")),
    ("pair", pgettext_lazy("unit", "pair")),
    ("bottle", pgettext_lazy("unit", "bottle")),
    ("bag", pgettext_lazy("unit", "bag")),
    ("head", pgettext_lazy("unit", "head")),
    ("m", pgettext_lazy("unit", "m")),
    ("m2", pgettext_lazy("unit", "m²")),
    ("m3", pgettext_lazy("unit", "m³")),
    ("l", pgettext_lazy("unit", "L")),
    ("kwh", pgettext_lazy("unit", "kWh")),
    ("h", pgettext_lazy("unit", "hour")),
    ("day", pgettext_lazy("unit", "day")),
    ("trip", pgettext_lazy("unit", "trip")),
    ("vehicle", pgettext_lazy("unit", "vehicle")),
]
UNIT_NAMES = dict(UNITS)
# In English only, and only words: symbols of units have no plural.
PLURALS = {
    "set": "sets", "box": "boxes", "carton": "cartons", "roll": "rolls", "ream": "reams", "pair": "pairs", "bottle": "bottles",
    "bag": "bags", "h": "hours", "day": "days", "trip": "trips", "vehicle": "vehicles",
}  # fmt: skip


def unit_word(code: str, quantity) -> str:
    """The unit in the reader's language as it stands behind a quantity: 1 box, 3 boxes; 30 t."""
    if quantity != 1 and code in PLURALS and (get_language() or "").startswith("en"):
        return PLURALS[code]
    return str(UNIT_NAMES.get(code, code))
