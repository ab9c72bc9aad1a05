from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.machines import state_check, state_field

from ..states import STOCK_COUNT
from .listings import Listing
from .stock import StockMovement


class StockCountQuerySet(models.QuerySet):
    def own(self, actor):
        return self.filter(seller_id=actor.enterprise_id or 0)


class StockCount(models.Model):
    """One stock-taking: what the books said when it began, what was counted, and what was booked for the difference."""

    MACHINE = STOCK_COUNT

    no = models.CharField(_("number"), max_length=16, unique=True)
    seller = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="stock_counts", verbose_name=_("enterprise"))
    title = models.CharField(_("name of the count"), max_length=80)
    state = state_field(STOCK_COUNT)
    by_id = models.BigIntegerField(_("person"), null=True, blank=True)
    created_at = models.DateTimeField(_("begun"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = StockCountQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock count")
        verbose_name_plural = _("stock counts")
        constraints = [
            state_check(STOCK_COUNT, "stock_count_state"),
            models.UniqueConstraint(fields=["seller"], condition=Q(state__in=["open", "booking"]), name="one_open_count"),
            models.CheckConstraint(condition=Q(state__in=["open", "booking"]) | Q(ended_at__isnull=False), name="ended_count_has_time"),
        ]

    def __str__(self):
        return self.no

    @property
    def chain(self) -> str:
        return enterprise_chain(self.seller_id)


class StockCountLine(models.Model):
    """One listing of a count: `expected` is frozen; `book_then` is what the books said at the moment of counting, so that goods that
    moved in between are neither lost nor counted twice.
    """

    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="lines")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    expected = models.DecimalField(max_digits=14, decimal_places=3)
    counted = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    book_then = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    movement = models.ForeignKey(StockMovement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    booked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "listing"], name="counted_once"),
            models.CheckConstraint(condition=Q(counted=None) | Q(counted__gte=0), name="counted_not_negative"),
            models.CheckConstraint(
                condition=Q(counted=None, counted_at=None, book_then=None)
                | Q(counted__isnull=False, counted_at__isnull=False, book_then__isnull=False),
                name="counted_with_its_time",
            ),
            models.CheckConstraint(condition=Q(booked_at=None) | Q(counted__isnull=False), name="booked_was_counted"),
        ]

    def __str__(self):
        return f"{self.count_id}: {self.listing_id}"

    @property
    def difference(self):
        """What counting found more or less than the books; None while nothing was counted."""
        return None if self.counted is None else self.counted - self.book_then
