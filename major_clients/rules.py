"""Who is a major client: a volume a year for each kind of deal, each a rule with a name (M01)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kernel.money import Money

DEAL_CLASSES = [
    ("commodity", _("Bulk commodity trade")),
    ("financial", _("High-value financial deal")),
    ("maritime", _("Maritime right")),
    ("land", _("Land right")),
    ("other", _("Other large deal")),
]
# Whole yuan a year; settings.MAJOR_CLIENT_VOLUMES may override each. The source names no figures, so these are ours.
VOLUMES = {"commodity": 50_000_000, "financial": 100_000_000, "maritime": 20_000_000, "land": 20_000_000, "other": 50_000_000}
CURRENCY = "CNY"
DESCRIPTION_MIN, DESCRIPTION_MAX, REASON_MAX = 10, 4000, 1000


@dataclass(frozen=True)
class VolumeRule:
    """An applicant's volume a year in deals of one class reaches `minimum`; `code` is what refusals and decisions quote."""

    code: str
    deal_class: str
    label: object
    minimum: Money

    def met_by(self, volume: Money) -> bool:
        return not volume < self.minimum


def volume_rules() -> list[VolumeRule]:
    """Return the rules as the operator has set them, one for each class of deals."""
    volumes = {**VOLUMES, **settings.MAJOR_CLIENT_VOLUMES}
    return [VolumeRule(f"VOLUME-{code.upper()}", code, label, Money.of(volumes[code], CURRENCY)) for code, label in DEAL_CLASSES]


def rule_for(deal_class: str) -> VolumeRule | None:
    return next((rule for rule in volume_rules() if rule.deal_class == deal_class), None)


def description_refusal(description: str) -> str:
    if len(description) < DESCRIPTION_MIN:
        return _("Describe the deal in at least 10 characters.")
    return _("At most 4,000 characters, please.") if len(description) > DESCRIPTION_MAX else ""
