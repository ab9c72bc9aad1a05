import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.machines import state_check, state_field

from ..states import REFUND, REFUND_OPEN
from .orders import Order


class Refund(models.Model):
    """A request to undo an order before its goods are accepted: money back as it came, stock freed (H26, H33, H34)."""

    MACHINE = REFUND

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order"))
    asked_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    reason = models.TextField(_("reason"))
    answer = models.TextField(_("answer"), blank=True)
    state = state_field(REFUND)
    created_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(pgettext_lazy("refund", "answered at"), null=True, blank=True)
    settled_at = models.DateTimeField(pgettext_lazy("refund", "settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            state_check(REFUND, "refund_state"),
            models.UniqueConstraint(fields=["order"], condition=Q(state__in=REFUND_OPEN), name="one_open_refund"),
            models.CheckConstraint(condition=~Q(state="settled") | Q(settled_at__isnull=False), name="refund_settled_at"),
            models.CheckConstraint(condition=~Q(reason=""), name="refund_has_reason"),
            models.CheckConstraint(condition=Q(state="requested") | Q(answered_at__isnull=False), name="refund_answered_at"),
        ]
        triggers = [pgtrigger.ReadOnly(name="refund_request_stays", fields=["order", "asked_by", "reason", "created_at"])]

    def __str__(self):
        return str(self.order)
