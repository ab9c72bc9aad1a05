from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field
from kernel.money import Money

from ..permissions import REVIEW_LISTING
from ..states import LISTING
from .categories import Category
from .terms import CURRENCIES, TERMS_CHECKS, TermsColumns

__all__ = ["CURRENCIES", "LIVE", "Listing", "ListingQuerySet"]
LIVE = Q(state="live")
KEPT = ~Q(state="discarded")  # a draft that was deleted is nobody's to see


class ListingQuerySet(models.QuerySet):
    def live(self):
        """What the public may see: reviewed goods of enterprises that may trade."""
        return self.filter(LIVE, seller__state="verified")

    def own(self, actor):
        """The actor's enterprise's listings; of those only granted ones for somebody who is narrowed to them (H16)."""
        rows = self.filter(KEPT, seller_id=actor.enterprise_id or 0)
        return rows.filter(grants__membership_id=actor.membership_id) if actor.only_granted_listings and not actor.is_main else rows

    def visible_to(self, actor):
        """The actor's own listings and what everybody sees; reviewers see all."""
        if actor.can_staff(REVIEW_LISTING):
            return self.filter(KEPT)
        if not actor.enterprise_id:
            return self.live()
        mine = KEPT & Q(seller_id=actor.enterprise_id)
        if actor.only_granted_listings and not actor.is_main:
            mine = Q(pk__in=self.model._default_manager.own(actor).values("pk"))
        return self.filter(mine | (LIVE & Q(seller__state="verified")))


class Listing(TermsColumns):
    """Goods or a service that a verified enterprise offers for trade."""

    MACHINE = LISTING
    get_unit_display = TermsColumns.get_unit_display  # named here, else Django puts its own into the class that the column comes to

    no = models.CharField(_("number"), max_length=16, unique=True)
    # Without an index of its own: listing_of_seller begins with it.
    seller = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="listings", verbose_name=_("seller"), db_index=False)
    sku = models.CharField(_("article number"), max_length=40, blank=True)  # the seller's own; a file names goods by it
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="listings", verbose_name=_("category"))
    state = state_field(LISTING)
    rejection_reason = models.TextField(_("reason for sending back"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)  # of what the columns say: a decision names the version that was read
    latest_version = models.PositiveIntegerField(default=1)  # the last number given to an edit, here or in a revision
    waiting = models.BooleanField(_("waits for a review"), default=False)  # itself or a revision of it
    reasons = models.JSONField(default=list, blank=True)  # the same field by field, of the last sending back: [{"field", "text"}]
    takedown_reason = models.TextField(_("reason for taking it down"), blank=True)
    batch = models.CharField(_("import"), max_length=40, blank=True)  # what it came with: such listings can be approved together
    search = SearchVectorField(null=True, editable=False)  # kept by services: bigrams of Chinese, words of the rest
    titles = SearchVectorField(null=True, editable=False)  # the words of both titles
    wants_search = SearchVectorField(null=True, editable=False)
    # Of the seller's standing, so that lists and ranking read no other table; kept by set_standing and index_listing.
    guarantee_minor = models.BigIntegerField(default=0, db_default=0, editable=False)  # US cents; 0: no badge
    record = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)  # percent
    merit = models.IntegerField(default=0, db_default=0, editable=False)  # points that no question changes (ranking_rules.merit)
    created_at = models.DateTimeField(_("created at"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    published_at = models.DateTimeField(_("on sale since"), null=True, blank=True)
    expires_at = models.DateTimeField(_("on sale until"), null=True, blank=True)  # as its deadline says
    # Asked for by the listing and by day and person: other indexes would only make every change dearer.
    history = HistoricalRecords(
        excluded_fields=["search", "titles", "wants_search", "guarantee_minor", "record", "merit"],
        no_db_index=["no", "seller", "category", "state"],
    )

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        permissions = [("review_listing", _("Can review listings"))]
        constraints = [
            state_check(LISTING, "listing_state"),
            models.CheckConstraint(condition=~LIVE | Q(published_at__isnull=False), name="live_has_time"),
            models.CheckConstraint(condition=~Q(state="in_review") | Q(submitted_at__isnull=False), name="review_has_time"),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(rejection_reason=""), name="sent_back_has_reason"),
            models.CheckConstraint(condition=~Q(state="taken_down") | ~Q(takedown_reason=""), name="taken_down_has_reason"),
            models.CheckConstraint(condition=~Q(state="in_review") | Q(waiting=True), name="in_review_waits"),
            models.CheckConstraint(condition=KEPT | Q(published_at=None, waiting=False, sku=""), name="discarded_was_a_draft"),
            models.CheckConstraint(condition=Q(version__lte=F("latest_version")), name="version_was_given"),
            *TERMS_CHECKS,
            models.UniqueConstraint(fields=["seller", "sku"], condition=~Q(sku=""), name="listing_sku_once"),
        ]
        indexes = [
            GinIndex(fields=["search", "titles"], name="listing_words", condition=LIVE),
            GinIndex(fields=["wants_search"], name="listing_wants_search", condition=LIVE),
            GinIndex(fields=["want_categories"], name="listing_want_categories", condition=LIVE),
            models.Index(fields=["-merit", "-published_at", "-id"], name="listing_best", condition=LIVE),
            models.Index(fields=["category", "-merit", "-published_at", "-id"], name="listing_category_best", condition=LIVE),
            models.Index(fields=["-merit", "-published_at", "-id"], name="listing_guaranteed", condition=LIVE & Q(guarantee_minor__gt=0)),
            models.Index(fields=["-published_at", "-id"], name="listing_newest", condition=LIVE),
            models.Index(fields=["category", "-published_at", "-id"], name="listing_category_newest", condition=LIVE),
            models.Index(fields=["currency", "price_minor", "id"], name="listing_price", condition=LIVE),
            models.Index(fields=["seller", "state", "-id"], name="listing_of_seller"),
            models.Index(fields=["submitted_at", "id"], name="listing_review_queue", condition=Q(waiting=True)),
            GinIndex(OpClass("attributes", name="jsonb_path_ops"), name="listing_attributes", condition=LIVE),
        ]

    def __str__(self):
        return f"{self.no} {self.title}"

    @property
    def guarantee(self) -> Money | None:
        """The line of the guarantee behind the seller, for the badge; None when there is no badge to show (C05)."""
        return Money(self.guarantee_minor, "USD") if self.guarantee_minor > 0 else None

    @property
    def may_be_discarded(self) -> bool:
        return self.published_at is None and "discard" in LISTING.allowed(self.state)

    @property
    def drawing(self) -> str:
        return self.art or self.category.root

    @property
    def chain(self) -> str:
        return enterprise_chain(self.seller_id)
