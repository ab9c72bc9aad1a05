from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field

from ..states import AD
from .categories import Category
from .listings import Listing
from .terms import english


class Ad(models.Model):
    """An own offer that a VIP enterprise puts on an advertising place for some days, after a review (H59)."""

    MACHINE = AD
    PLACES = [("home", _("home page")), ("market", _("marketplace")), ("category", _("category page"))]

    no = models.CharField(_("number"), max_length=16, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+", verbose_name=_("listing"))
    place = models.CharField(_("place"), max_length=12, choices=PLACES)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"))
    words_zh = models.CharField(_("line in Chinese"), max_length=40, blank=True)
    words_en = models.CharField(_("line in English"), max_length=80, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until and including"))
    state = state_field(AD)
    rejection_reason = models.CharField(_("reason for sending back"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("advertisement")
        verbose_name_plural = _("advertisements")
        permissions = [("review_ad", _("Can review advertisements"))]
        constraints = [
            state_check(AD, "ad_state"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="ad_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(place="category", category__isnull=False) | (~Q(place="category") & Q(category=None)), name="ad_category"
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(rejection_reason=""), name="ad_sent_back_has_reason"),
        ]
        indexes = [
            models.Index(fields=["place", "category", "starts_on", "ends_on"], name="ads_running", condition=Q(state="approved")),
            models.Index(fields=["enterprise", "-id"], name="ads_of_enterprise"),
        ]

    def __str__(self):
        return self.no

    @property
    def words(self) -> str:
        first, second = (self.words_en, self.words_zh) if english() else (self.words_zh, self.words_en)
        return first or second

    @property
    def chain(self) -> str:
        return enterprise_chain(self.enterprise_id)
