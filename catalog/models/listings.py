from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field
from kernel.models import Document
from kernel.money import EXPONENTS, Money

from ..permissions import REVIEW_LISTING
from ..states import LISTING
from .categories import Category
from .units import UNIT_NAMES, UNITS

CURRENCIES = [(code, code) for code in EXPONENTS if code != "XEH"]
LIVE = Q(state="live")


class ListingQuerySet(models.QuerySet):
    def live(self):
        """What the public may see: reviewed goods of enterprises that may trade."""
        return self.filter(LIVE, seller__state="verified")

    def own(self, actor):
        """The actor's enterprise's listings; of those only granted ones for somebody who is narrowed to them (H16)."""
        rows = self.filter(seller_id=actor.enterprise_id or 0)
        return rows.filter(grants__membership_id=actor.membership_id) if actor.only_granted_listings and not actor.is_main else rows

    def visible_to(self, actor):
        """The actor's own listings and what everybody sees; reviewers see all."""
        if actor.can_staff(REVIEW_LISTING):
            return self
        mine = Q(seller_id=actor.enterprise_id or 0)
        if actor.only_granted_listings and not actor.is_main:
            mine = Q(pk__in=self.model._default_manager.own(actor).values("pk"))
        return self.filter(mine | (LIVE & Q(seller__state="verified")))


class Listing(models.Model):
    """Goods or a service that a verified enterprise offers for trade."""

    MACHINE = LISTING

    no = models.CharField(_("number"), max_length=16, unique=True)
    seller = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="listings", verbose_name=_("seller"))
    sku = models.CharField(_("article number"), max_length=40, blank=True)  # the seller's own; a file names goods by it
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="listings", verbose_name=_("category"))
    title_zh = models.CharField(_("title in Chinese"), max_length=120, blank=True)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    description_zh = models.TextField(_("description in Chinese"), max_length=4000, blank=True)
    description_en = models.TextField(_("description in English"), max_length=4000, blank=True)
    spec = models.JSONField(_("specification"), default=list, blank=True)  # [{"zh": [label, value], "en": [label, value]}]
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS)
    price_minor = models.BigIntegerField(_("price a unit, minor units"))
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES, default="CNY")
    moq = models.DecimalField(_("minimum order quantity"), max_digits=14, decimal_places=3, default=1)
    ready_to_ship = models.BooleanField(_("ready to ship"), default=False)
    lead_days = models.PositiveSmallIntegerField(_("lead time, days"), default=7)
    place = models.CharField(_("place of dispatch"), max_length=40)
    hs_code = models.CharField(_("HS code"), max_length=10, blank=True)
    wants = models.JSONField(_("wants in exchange"), default=list, blank=True)  # short texts
    want_categories = ArrayField(models.CharField(max_length=3), verbose_name=_("wanted categories"), default=list, blank=True)
    art = models.CharField(_("drawing"), max_length=16, blank=True)
    photo = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo"))
    state = state_field(LISTING)
    rejection_reason = models.TextField(_("reason for sending back"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)  # counts edits: a decision names the version that was read
    search = SearchVectorField(null=True, editable=False)  # kept by services: bigrams of Chinese, words of the rest
    wants_search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    published_at = models.DateTimeField(_("on sale since"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["search", "wants_search"])

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        permissions = [("review_listing", _("Can review listings"))]
        constraints = [
            state_check(LISTING, "listing_state"),
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="listing_price_positive"),
            models.CheckConstraint(condition=Q(moq__gt=0), name="listing_moq_positive"),
            models.CheckConstraint(condition=~LIVE | Q(published_at__isnull=False), name="live_has_time"),
            models.CheckConstraint(condition=~Q(state="in_review") | Q(submitted_at__isnull=False), name="review_has_time"),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(rejection_reason=""), name="sent_back_has_reason"),
            models.CheckConstraint(condition=~Q(title_zh="") | ~Q(title_en=""), name="listing_has_title"),
            models.UniqueConstraint(fields=["seller", "sku"], condition=~Q(sku=""), name="listing_sku_once"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="listing_search", condition=LIVE),
            GinIndex(fields=["wants_search"], name="listing_wants_search", condition=LIVE),
            GinIndex(fields=["want_categories"], name="listing_want_categories", condition=LIVE),
            models.Index(fields=["-published_at", "-id"], name="listing_newest", condition=LIVE),
            models.Index(fields=["category", "-published_at", "-id"], name="listing_category_newest", condition=LIVE),
            models.Index(fields=["currency", "price_minor", "id"], name="listing_price", condition=LIVE),
            models.Index(fields=["seller", "state", "-id"], name="listing_of_seller"),
            models.Index(fields=["submitted_at", "id"], name="listing_review_queue", condition=Q(state="in_review")),
        ]

    def __str__(self):
        return f"{self.no} {self.title}"

    def get_unit_display(self) -> str:
        """The unit in the reader's language; Django's own would translate every unit to find one."""
        return str(UNIT_NAMES.get(self.unit, self.unit))

    @property
    def title(self) -> str:
        """The title in the reader's language, else in the other one."""
        first, second = (self.title_en, self.title_zh) if _english() else (self.title_zh, self.title_en)
        return first or second

    @property
    def description(self) -> str:
        first, second = (self.description_en, self.description_zh) if _english() else (self.description_zh, self.description_en)
        return first or second

    @property
    def specs(self) -> list[tuple[str, str]]:
        """The specification as (label, value) pairs in the reader's language."""
        first, second = ("en", "zh") if _english() else ("zh", "en")
        return [tuple(line.get(first) or line.get(second) or ("", "")) for line in self.spec]

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def drawing(self) -> str:
        return self.art or self.category.code

    @property
    def chain(self) -> str:
        return enterprise_chain(self.seller_id)


def _english() -> bool:
    return (get_language() or "").startswith("en")
