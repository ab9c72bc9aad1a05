"""The columns of what a listing says (catalog.rules.Terms), and how they are read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.money import EXPONENTS, Money

from .units import UNIT_NAMES, UNITS

CURRENCIES = [(code, code) for code in EXPONENTS if code != "XEH"]


def english() -> bool:
    return (get_language() or "").startswith("en")


class TermsColumns(models.Model):
    """What a listing says, as columns; `services` write them only from a checked `Terms`."""

    title_zh = models.CharField(_("title in Chinese"), max_length=120, blank=True)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    description_zh = models.TextField(_("description in Chinese"), max_length=4000, blank=True)
    description_en = models.TextField(_("description in English"), max_length=4000, blank=True)
    spec = models.JSONField(_("specification"), default=list, blank=True)  # [{"zh": [label, value], "en": [label, value]}]
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)  # values by code of the category's schema
    attribute_lines = models.JSONField(default=list, blank=True, editable=False)  # the same in words, as `spec`
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS)
    units = models.JSONField(_("further units"), default=list, blank=True)  # [{"unit", "factor"}]
    price_minor = models.BigIntegerField(_("price a unit, minor units"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES, default="CNY")
    tiers = models.JSONField(_("price tiers"), default=list, blank=True)  # [{"from", "price"}]
    price_until = models.DateField(_("price valid until"), null=True, blank=True)
    vat_percent = models.DecimalField(_("VAT rate, percent"), max_digits=4, decimal_places=1, null=True, blank=True)
    moq = models.DecimalField(_("minimum order quantity"), max_digits=14, decimal_places=3, default=1)
    tolerance = models.DecimalField(_("quantity tolerance, percent"), max_digits=3, decimal_places=1, null=True, blank=True)
    ready_to_ship = models.BooleanField(_("ready to ship"), default=False)
    lead_days = models.PositiveSmallIntegerField(_("lead time, days"), default=7)
    lead_tiers = models.JSONField(_("lead times by quantity"), default=list, blank=True)  # [{"from", "days" or None}]
    place = models.CharField(_("place of dispatch"), max_length=40)
    packaging_zh = models.CharField(_("packaging in Chinese"), max_length=200, blank=True)
    packaging_en = models.CharField(_("packaging in English"), max_length=200, blank=True)
    origin = models.CharField(_("place of origin"), max_length=60, blank=True)
    maker = models.CharField(_("maker"), max_length=120, blank=True)
    hs_code = models.CharField(_("HS code"), max_length=10, blank=True)
    incoterm = models.CharField(_("Incoterm"), max_length=3, blank=True)
    incoterm_place = models.CharField(_("named place"), max_length=80, blank=True)
    fair_value = models.JSONField(_("fair value"), default=dict, blank=True)  # method, source, date, low, high (minor units), appraiser
    wants = models.JSONField(_("wants in exchange"), default=list, blank=True)  # short texts
    want_categories = ArrayField(models.CharField(max_length=16), verbose_name=_("wanted categories"), default=list, blank=True)
    art = models.CharField(_("drawing"), max_length=16, blank=True)
    media = models.JSONField(_("photos and documents"), default=list, blank=True)  # [{"key", "kind", "name", "alt_zh", "alt_en"}], in order

    class Meta:
        abstract = True

    def get_unit_display(self) -> str:
        """The unit in the reader's language; Django's own would translate every unit to find one."""
        return str(UNIT_NAMES.get(self.unit, self.unit))

    @property
    def title(self) -> str:
        """The title in the reader's language, else in the other one."""
        first, second = (self.title_en, self.title_zh) if english() else (self.title_zh, self.title_en)
        return first or second

    @property
    def description(self) -> str:
        first, second = (self.description_en, self.description_zh) if english() else (self.description_zh, self.description_en)
        return first or second

    @property
    def packaging(self) -> str:
        first, second = (self.packaging_en, self.packaging_zh) if english() else (self.packaging_zh, self.packaging_en)
        return first or second

    @property
    def specs(self) -> list[tuple[str, str]]:
        """Attributes and specification as (label, value) pairs in the reader's language; what both say is said once."""
        first, second = ("en", "zh") if english() else ("zh", "en")
        pairs: dict[str, tuple[str, str]] = {}
        for line in (*self.attribute_lines, *self.spec):
            label, value = line.get(first) or line.get(second) or ("", "")
            pairs.setdefault(label.strip().casefold(), (label, value))
        return list(pairs.values())

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def photos(self) -> list[dict]:
        return [item for item in self.media if item["kind"] == "photo"]


TERMS_CHECKS = [
    models.CheckConstraint(condition=Q(price_minor__gt=0), name="listing_price_positive"),
    models.CheckConstraint(condition=Q(moq__gt=0), name="listing_moq_positive"),
    models.CheckConstraint(condition=~Q(title_zh="") | ~Q(title_en=""), name="listing_has_title"),
    models.CheckConstraint(condition=Q(ready_to_ship=False) | Q(lead_days__lte=7), name="ready_leaves_within_a_week"),
    models.CheckConstraint(
        condition=Q(incoterm="", incoterm_place="") | (~Q(incoterm="") & ~Q(incoterm_place="")), name="incoterm_has_its_place"
    ),
]
