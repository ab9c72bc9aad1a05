from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.machines import state_check, state_field

from ..states import REFUND, REFUND_OPEN
from .orders import Order


class Refund(models.Model):
    """A request to undo an order before its goods are accepted: money back as it came, stock freed (H26, H33, H34)."""

    MACHINE = REFUND

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    asked_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    answer = models.TextField(_("answer"), blank=True)
    state = state_field(REFUND)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            state_check(REFUND, "refund_state"),
            models.UniqueConstraint(fields=["order"], condition=Q(state__in=REFUND_OPEN), name="one_open_refund"),
            models.CheckConstraint(condition=~Q(state="settled") | Q(settled_at__isnull=False), name="refund_settled_at"),
            models.CheckConstraint(condition=~Q(reason=""), name="refund_has_reason"),
        ]

    def __str__(self):
        return f"{self.order_id} {self.state}"
