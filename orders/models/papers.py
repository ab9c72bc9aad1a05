from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect
from kernel.models import Document

from .orders import Order


class OrderPaper(models.Model):
    """A document the product made for an order; both parties may fetch it, nobody else."""

    KINDS = [("confirmation", _("trade confirmation"))]
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=16, choices=KINDS)
    document = models.OneToOneField(Document, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [models.UniqueConstraint(fields=["order", "kind"], name="order_paper_once")]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} of {self.order_id}"
