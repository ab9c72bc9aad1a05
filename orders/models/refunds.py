import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.machines import state_check, state_field
from kernel.money import Money

from ..states import REFUND, REFUND_OPEN
from .consignments import Consignment
from .orders import Order, OrderLine, Tender

# Once a part is settled, no line has given back more than it was worth, and no money part all that it was (H34).
_LINES_WITHIN = """
BEGIN
  IF EXISTS (
    SELECT 1 FROM orders_refundline r JOIN orders_refund f ON f.id = r.refund_id JOIN orders_orderline l ON l.id = r.line_id
    WHERE f.order_id = NEW.order_id AND f.state = 'settled' GROUP BY l.id HAVING SUM(r.amount_minor) > l.amount_minor
  ) THEN
    RAISE EXCEPTION 'refund %: more than a line is worth', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END;
"""
_ASKED_IN_TIME = """
BEGIN
  IF (SELECT state FROM orders_refund WHERE id = NEW.refund_id) <> 'requested' THEN
    RAISE EXCEPTION 'refund % is answered', NEW.refund_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END;
"""
_MONEY_WITHIN = """
BEGIN
  IF (SELECT SUM(amount_minor) FROM orders_refundpart WHERE tender_id = NEW.tender_id)
     >= (SELECT amount_minor FROM orders_tender WHERE id = NEW.tender_id)
  THEN
    RAISE EXCEPTION 'all of tender % would go back in parts', NEW.tender_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END;
"""


class Refund(models.Model):
    """A request to undo an order before its goods are accepted: money back as it came, stock freed (H26, H33, H34)."""

    MACHINE = REFUND
    KINDS = [("whole", pgettext_lazy("refund", "whole order")), ("part", pgettext_lazy("refund", "in part"))]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order"))
    asked_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    kind = models.CharField(pgettext_lazy("refund", "kind"), max_length=8, choices=KINDS, default="whole", db_default="whole")
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
            models.CheckConstraint(condition=Q(kind__in=["whole", "part"]), name="refund_kind"),
            models.CheckConstraint(condition=~Q(reason=""), name="refund_has_reason"),
            models.CheckConstraint(condition=Q(state="requested") | Q(answered_at__isnull=False), name="refund_answered_at"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="refund_request_stays", fields=["order", "asked_by", "kind", "reason", "created_at"]),
            pgtrigger.Trigger(
                name="refund_lines_within", operation=pgtrigger.Update, when=pgtrigger.After, func=_LINES_WITHIN,
                condition=pgtrigger.Condition("NEW.kind = 'part' AND NEW.state = 'settled'"),
            ),
        ]  # fmt: skip

    def __str__(self):
        return str(self.order)


class RefundLine(models.Model):
    """What a part refund asks for of one line: so much is not sent any more, or of a shipment goes back, or (quantity 0) it costs less."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", verbose_name=_("goods"))
    # The shipment on its way whose goods go back; none for what has not left and for a lower price.
    consignment = models.ForeignKey(
        Consignment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("shipment")
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    amount_minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_line_positive"),
            models.CheckConstraint(condition=Q(consignment=None) | Q(quantity__gt=0), name="refund_line_of_shipment"),
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
        ]
        triggers = [
            *protect(),
            pgtrigger.Trigger(name="refund_line_in_time", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_ASKED_IN_TIME),
        ]

    def __str__(self):
        return f"{self.line} × {self.quantity}"

    @property
    def giver_id(self) -> int:
        return self.line.giver_id

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.line.currency)


class RefundPart(models.Model):
    """What a settled part refund gave back of one money part: of the price, and of the payer's commission with it."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="refunded")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_part_positive"),
            models.CheckConstraint(condition=Q(fee_minor__gte=0), name="refund_part_fee"),
            models.UniqueConstraint(fields=["refund", "tender"], name="refund_part_once"),
        ]
        triggers = [
            *protect(),
            pgtrigger.Trigger(name="refund_part_within", operation=pgtrigger.Insert, when=pgtrigger.After, func=_MONEY_WITHIN),
        ]

    def __str__(self):
        return str(self.back)

    @property
    def back(self) -> Money:
        """All that went back: the amount and its share of the commission."""
        return Money(self.amount_minor + self.fee_minor, self.tender.currency)
