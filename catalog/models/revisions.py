from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field

from ..rules import Terms, restored
from ..states import REVISION
from .categories import Category
from .listings import Listing

OPEN = ("draft", "in_review", "rejected")


class Revision(models.Model):
    """One version of a listing: proposed while the old one is on sale, or approved and from then on what was agreed by whoever ordered."""

    MACHINE = REVISION

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="revisions", verbose_name=_("listing"))
    version = models.PositiveIntegerField(_("version"))  # of the last edit of it
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category"))
    terms = models.JSONField(_("terms"))  # catalog.rules.Terms.stored
    state = state_field(REVISION)
    reviewed = models.BooleanField(_("read by a reviewer"), default=False)  # else only numbers changed, or it has not been decided
    reasons = models.JSONField(_("reasons"), default=list, blank=True)  # [{"field", "code", "text"}] of the last decision
    created_at = models.DateTimeField(_("created at"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("version of a listing")
        verbose_name_plural = _("versions of listings")
        constraints = [
            state_check(REVISION, "revision_state"),
            models.UniqueConstraint(fields=["listing"], condition=Q(state__in=OPEN), name="one_open_revision"),
            models.UniqueConstraint(fields=["listing", "version"], name="revision_version_once"),
            models.CheckConstraint(condition=~Q(state="in_review") | Q(submitted_at__isnull=False), name="revision_review_has_time"),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(reasons=[]), name="revision_sent_back_has_reason"),
            models.CheckConstraint(condition=~Q(state="applied") | Q(decided_at__isnull=False), name="revision_applied_has_time"),
        ]

    def __str__(self):
        return f"{self.listing_id} v{self.version}"

    @property
    def said(self) -> Terms:
        """What this version says."""
        return restored(self.terms)
