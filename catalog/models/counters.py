from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .listings import Listing


class ListingDay(models.Model):
    """How often an offer was shown, opened and asked about in a day, apart for the time under the guarantee and without it (C06)."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="days", verbose_name=_("listing"))
    day = models.DateField(_("day"))
    guaranteed = models.BooleanField(_("under the guarantee"))
    shown = models.PositiveIntegerField(_("times shown"), default=0)
    opened = models.PositiveIntegerField(_("times opened"), default=0)
    asked = models.PositiveIntegerField(_("inquiries"), default=0)

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures by day")
        permissions = [("read_reach", _("Can read the report on exposure"))]
        constraints = [models.UniqueConstraint(fields=["listing", "day", "guaranteed"], name="listing_day_once")]
        indexes = [models.Index(fields=["day"], name="listing_days")]

    def __str__(self):
        return f"{self.listing_id} {self.day}"


class AdDay(models.Model):
    """How often an advertisement was shown and followed in a day."""

    ad = models.ForeignKey("catalog.Ad", on_delete=models.PROTECT, related_name="days")
    day = models.DateField(_("day"))
    shown = models.PositiveIntegerField(_("times shown"), default=0)
    opened = models.PositiveIntegerField(_("times opened"), default=0)

    class Meta:
        verbose_name = _("advertisement's day")
        verbose_name_plural = _("advertisements' days")
        constraints = [models.UniqueConstraint(fields=["ad", "day"], name="ad_day_once")]

    def __str__(self):
        return f"{self.ad_id} {self.day}"


class CampaignDay(models.Model):
    """How many visits came by a campaign in a day; robots are not counted, and nobody is remembered by it."""

    campaign = models.ForeignKey("catalog.Campaign", on_delete=models.PROTECT, related_name="days")
    day = models.DateField(_("day"))
    visits = models.PositiveIntegerField(_("visits"), default=0)

    class Meta:
        verbose_name = _("campaign's day")
        verbose_name_plural = _("campaigns' days")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "day"], name="campaign_day_once"),
            models.CheckConstraint(condition=Q(visits__gte=0), name="campaign_visits_count_up"),
        ]

    def __str__(self):
        return f"{self.campaign_id} {self.day}"
