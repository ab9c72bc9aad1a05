from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise

from .listings import Listing
from .wants import Want

FENCED = Q(listing=None)


class InquiryQuerySet(models.QuerySet):
    def of_party(self, enterprise_id: int | None):
        return self.filter(Q(asker_id=enterprise_id or 0) | Q(owner_id=enterprise_id or 0))

    def own(self, actor):
        """The inquiries of the actor's enterprise; about granted goods only for somebody who is narrowed to them (H16)."""
        rows = self.of_party(actor.enterprise_id)
        if actor.only_granted_listings and not actor.is_main:
            granted = Listing.objects.own(actor).values("pk")
            rows = rows.filter(FENCED | Q(asker_id=actor.enterprise_id) | Q(listing__in=granted))
        return rows


class Inquiry(models.Model):
    """One enterprise asks another about an offer, a request, or in general; what is said is a thread of messaging about this row."""

    no = models.CharField(_("number"), max_length=16, unique=True)
    asker = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("asking side"))
    owner = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked"))
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("listing"))
    want = models.ForeignKey(Want, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("request"))
    offered = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("goods offered"))
    created_at = models.DateTimeField(_("created at"))
    last_at = models.DateTimeField(_("last message"))
    answered_at = models.DateTimeField(_("first answered"), null=True, blank=True)  # by the side that was asked

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        constraints = [
            models.CheckConstraint(condition=~Q(asker=F("owner")), name="inquiry_two_parties"),
            models.CheckConstraint(condition=Q(listing=None) | Q(want=None), name="inquiry_about_one_thing"),
            models.UniqueConstraint(fields=["asker", "owner", "listing", "want"], name="inquiry_once", nulls_distinct=False),
        ]
        indexes = [
            models.Index(fields=["asker", "-last_at", "-id"], name="inquiries_asked"),
            models.Index(fields=["owner", "-last_at", "-id"], name="inquiries_received"),
            models.Index(fields=["asker", "created_at"], name="inquiries_an_hour"),
            models.Index(fields=["owner"], name="inquiries_unanswered", condition=Q(answered_at=None)),
        ]

    def __str__(self):
        return self.no

    @property
    def parties(self) -> tuple[int, int]:
        return (self.asker_id, self.owner_id)
