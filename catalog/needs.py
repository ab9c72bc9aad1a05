"""What a request says, how long it is shown, and how many may be open: pure values and rules (B12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from kernel.deadlines import policy
from kernel.money import Money

WANT_EXPIRY = policy(
    "catalog.want_expiry",
    label=_("Showing of a request"),
    consequence=_("It is no longer shown and no longer compared with new offers; its owner can renew it."),
    hours=60 * 24,
)
DIGEST = policy(
    "catalog.alert_digest",
    label=_("Weekly summary of new offers"),
    consequence=_("One notice names how many new offers fit."),
    hours=7 * 24,
)
OPEN_OF_ENTERPRISE, OPEN_OF_PERSON = 50, 10
SAVED_OF_PERSON = 50
ENDED_KEPT = timedelta(days=90)  # what an ended search has found is kept so long
ATTRIBUTES_MAX, PLACES_MAX, LISTINGS_MAX = 12, 8, 20


@dataclass(frozen=True)
class Needs:
    """What a request says beyond goods and quantity; values as Money of one currency, `attributes` as typed, goods by number."""

    description_zh: str = ""
    description_en: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    value_min: Money | None = None
    value_max: Money | None = None
    currency: str = "CNY"
    places: tuple[str, ...] = ()
    needed_by: date | None = None
    give_categories: tuple[str, ...] = ()
    give_listings: tuple[str, ...] = ()
    gives_credit: bool = False
    gives_cash: bool = False

    def columns(self) -> dict:
        """The same as model columns, without the goods."""
        return {
            "description_zh": self.description_zh, "description_en": self.description_en, "attributes": dict(self.attributes),
            "value_min_minor": self.value_min and self.value_min.minor, "value_max_minor": self.value_max and self.value_max.minor,
            "currency": self.currency, "places": list(self.places), "needed_by": self.needed_by,
            "give_categories": list(self.give_categories), "gives_credit": self.gives_credit, "gives_cash": self.gives_cash,
        }  # fmt: skip

    def texts(self) -> dict[str, str]:
        """The free texts by form field, for the check of claims."""
        said = "\n".join(f"{name} {value}" for name, value in self.attributes.items())
        return {"description_zh": self.description_zh, "description_en": self.description_en, "attributes": said}


def problems(needs: Needs, *, today: date) -> dict[str, object]:
    """What does not hold together in a request, in sentences by form field."""
    found: dict[str, object] = {}
    if needs.value_min and needs.value_max and needs.value_max.minor < needs.value_min.minor:
        found["value_max"] = _("The upper value must not be below the lower one.")
    if needs.needed_by and needs.needed_by < today:
        found["needed_by"] = _("This day has passed.")
    if len(needs.attributes) > ATTRIBUTES_MAX:
        found["attributes"] = _("At most %(max)s properties, please.") % {"max": ATTRIBUTES_MAX}
    if len(needs.places) > PLACES_MAX:
        found["places"] = _("At most %(max)s places, please.") % {"max": PLACES_MAX}
    return found
