import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document

from ..states import TRADE_PAPER
from .consignments import Consignment
from .orders import Order


class TradePaper(models.Model):
    """A paper that somebody asked for and the worker makes: the same content is the same file, bit for bit (B18)."""

    MACHINE = TRADE_PAPER
    KINDS = [
        ("proforma", _("pro-forma invoice")), ("contract", _("contract for signature")), ("delivery", _("delivery note")),
        ("statement", _("account statement")),
    ]  # fmt: skip

    no = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="trade_papers", verbose_name=_("order"))
    consignment = models.ForeignKey(
        Consignment, on_delete=models.PROTECT, null=True, blank=True, related_name="papers", verbose_name=_("consignment")
    )
    # Of whom it speaks: who gives the goods of a pro-forma, whose account a statement shows.
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    content = models.JSONField()  # what it says, frozen when it was asked for
    content_hash = models.CharField(_("fingerprint of the content"), max_length=64)
    state = state_field(TRADE_PAPER)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file"))
    annex = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("annex"))
    created_at = models.DateTimeField(_("asked at"))
    created_by_id = models.BigIntegerField()
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            state_check(TRADE_PAPER, "trade_paper_state"),
            models.UniqueConstraint(fields=["content_hash"], name="trade_paper_once"),
            models.CheckConstraint(
                condition=Q(kind="statement", order=None, enterprise__isnull=False) | (~Q(kind="statement") & Q(order__isnull=False)),
                name="trade_paper_has_subject",
            ),
            models.CheckConstraint(
                condition=~Q(state="made") | Q(document__isnull=False, made_at__isnull=False), name="trade_paper_has_file"
            ),
        ]
        triggers = [
            state_moves(TRADE_PAPER),
            pgtrigger.ReadOnly(name="trade_paper_stays", fields=["no", "kind", "order", "content", "content_hash", "created_at"]),
        ]

    def __str__(self):
        return self.no
