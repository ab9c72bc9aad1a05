import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.machines import state_check, state_field, state_moves

from ..states import AMENDMENT
from .orders import Order

PROPOSED = [
    "order", "version", "by", "base_hash", "terms_hash", "lines", "tenders", "note", "old_note", "address", "reason", "created_at",
    "created_by_id",
]  # fmt: skip


class Amendment(models.Model):
    """The next version of an order's terms, proposed by one side; in force only when the other confirms its hash (H25, P31).

    `lines` are plain values: [line it goes on from or null, listing, giver, version of the listing, titles, unit, quantity, unit price,
    how the fair value was found, fair value, currency]; `tenders` are [kind, payer, amount in minor units, currency].
    """

    MACHINE = AMENDMENT

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("order"))
    version = models.PositiveIntegerField(_("version"))
    by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    base_hash = models.CharField(max_length=64)  # of the version it changes
    terms_hash = models.CharField(_("fingerprint of the terms"), max_length=64)
    lines = models.JSONField()
    tenders = models.JSONField()
    note = models.TextField(_("terms in words"), blank=True)
    old_note = models.TextField(blank=True)  # what the version before said, so that it stays readable
    address = models.CharField(_("new delivery address"), max_length=200, blank=True)  # of the side that proposes; empty: as it was
    reason = models.TextField(_("reason"))
    state = state_field(AMENDMENT)
    created_at = models.DateTimeField(_("proposed at"))
    created_by_id = models.BigIntegerField()
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["pk"]
        constraints = [
            state_check(AMENDMENT, "amendment_state"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="proposed"), name="amendment_one_open"),
            models.UniqueConstraint(fields=["order", "version"], condition=Q(state="confirmed"), name="amendment_version_once"),
            models.CheckConstraint(condition=Q(version__gt=1), name="amendment_after_the_first"),
            models.CheckConstraint(condition=~Q(base_hash=F("terms_hash")), name="amendment_changes_something"),
            models.CheckConstraint(condition=Q(state="proposed") | ~Q(answered_at=None), name="amendment_answered_at"),
        ]
        triggers = [pgtrigger.ReadOnly(name="amendment_stays", fields=PROPOSED), state_moves(AMENDMENT)]

    def __str__(self):
        return f"{self.order_id}/{self.version}"

    @property
    def ref(self) -> str:
        return f"orders.amendment:{self.pk}"
