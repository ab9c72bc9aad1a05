"""Pure rules of ranking: what each thing is worth, and why an offer stands where it stands.

An offer's points are the sum of its parts. What the words are worth comes first; of offers whose words are worth the same, one that a
guarantee stands behind goes before all others as long as its weight is above zero (C09): it is worth its weight and everything that is
not words together. Weights of an installation: the setting RANKING; after a change of any but "text", "wants" and "freshness",
`manage.py reindex --ranks` brings the index up to date.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

WEIGHTS = {"text": 1000, "guarantee": 100, "wants": 200, "record": 100, "freshness": 60, "ready": 40}
# Where the words stand: in the title, there by a synonym, in specification, category, company or place, in the description.
TIERS = {4: 100, 3: 90, 2: 50, 1: 20, 0: 0}
FRESH = ((7, 100), (30, 60), (90, 30))  # days on sale at most, percent
TEXTS = {
    4: _("Your words are in the title"),
    3: _("The title says the same in other words"),
    2: _("Your words are in specification, category, company or place"),
    1: _("Your words are in the description"),
    0: _("The title is close to your words"),
}
REASONS = {
    "guarantee": _("A guarantee stands behind this seller"),
    "wants": _("The seller wants what you have"),
    "record": _("Completed orders and ratings of the seller"),
    "freshness": _("Not long on sale"),
    "ready": _("Ready to ship"),
}


def weights() -> dict[str, int]:
    """The weights in force, none below zero; unknown names in the setting are ignored."""
    return {name: max(0, int(settings.RANKING.get(name, usual))) for name, usual in WEIGHTS.items()}


def guarantee_points(given: Mapping[str, int]) -> int:
    """What a guarantee is worth: its weight and all that is not words together; nothing when its weight is zero."""
    return given["guarantee"] + sum(given[name] for name in ("wants", "record", "freshness", "ready")) if given["guarantee"] else 0


def merit(given: Mapping[str, int], *, guaranteed: bool, record: int, ready: bool) -> int:
    """The points of an offer that no question changes; they order the market and its indexes."""
    return guarantee_points(given) * guaranteed + given["record"] * record // 100 + given["ready"] * ready


@dataclass(frozen=True)
class Standing:
    """What ranking asks about one offer and one visitor."""

    tier: int | None = None  # None: there were no words
    likeness: int = 0  # percent, when the words were only guessed
    guaranteed: bool = False
    wanted: bool = False
    record: int = 0  # percent
    days: int = 365  # on sale
    ready: bool = False


def parts(given: Mapping[str, int], offer: Standing) -> dict[str, int]:
    """The points of an offer by what they are for."""
    fresh = next((percent for days, percent in FRESH if offer.days <= days), 0)
    return {
        "text": given["text"] * (offer.likeness if offer.tier == 0 else TIERS[offer.tier or 0]) // 100,
        "guarantee": guarantee_points(given) * offer.guaranteed,
        "wants": given["wants"] * offer.wanted,
        "record": given["record"] * offer.record // 100,
        "freshness": given["freshness"] * fresh // 100,
        "ready": given["ready"] * offer.ready,
    }


def points(given: Mapping[str, int], offer: Standing) -> int:
    """All points of an offer."""
    return sum(parts(given, offer).values())


def reasons(given: Mapping[str, int], offer: Standing) -> list[tuple[str, int]]:
    """Why an offer stands where it stands: (what, points), in the order of the points."""
    told = [(TEXTS[offer.tier or 0] if name == "text" else REASONS[name], n) for name, n in parts(given, offer).items() if n]
    return sorted(((str(what), n) for what, n in told), key=lambda line: -line[1])


def days_since(moment: datetime | None, now: datetime) -> int:
    return (now.date() - moment.date()).days if moment else 365


def record_of(completed: int, rating: Decimal | None) -> int:
    """A seller's record as a percentage in steps of ten: sixty for completed orders, forty for a rating that enough orders carry."""
    done = min(60.0, 12 * math.log2(1 + completed))
    liked = 40 * (float(rating) - 1) / 4 * completed / (completed + 5) if rating is not None else 0.0
    return round((done + liked) / 10) * 10
