import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import state_check, state_field

from ..commission import POINTS_MOST
from ..states import COMMISSION


class CommissionRate(models.Model):
    """The commission of both sides in hundredths of a percent, for orders proposed from a day on; in force when a second person agrees."""

    MACHINE = COMMISSION

    payer_bp = models.PositiveSmallIntegerField(_("paying side, basis points"))
    payee_bp = models.PositiveSmallIntegerField(_("receiving side, basis points"))
    starts_on = models.DateField(_("for orders proposed from"))
    reason = models.CharField(_("reason"), max_length=200)
    state = state_field(COMMISSION)
    entered_by_id = models.BigIntegerField(pgettext_lazy("commission", "entered by"))
    entered_at = models.DateTimeField(pgettext_lazy("commission", "entered at"))
    decided_by_id = models.BigIntegerField(pgettext_lazy("commission", "decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(pgettext_lazy("commission", "decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("commission rate")
        verbose_name_plural = _("commission rates")
        permissions = [
            ("enter_commission", _("Can enter commission rates")),
            ("approve_commission", _("Can put commission rates in force")),
        ]
        constraints = [
            state_check(COMMISSION, "commission_state"),
            models.CheckConstraint(condition=Q(payer_bp__lte=POINTS_MOST, payee_bp__lte=POINTS_MOST), name="commission_in_range"),
            models.CheckConstraint(
                condition=Q(state="entered", decided_by_id=None, decided_at=None)
                | (~Q(state="entered") & Q(decided_by_id__isnull=False, decided_at__isnull=False)),
                name="commission_decided",
            ),
            models.CheckConstraint(condition=~Q(state="in_force") | ~Q(decided_by_id=F("entered_by_id")), name="commission_four_eyes"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="commission_stays", fields=["payer_bp", "payee_bp", "starts_on", "reason", "entered_by_id", "entered_at"]
            ),
            pgtrigger.Protect(name="commission_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return f"{self.payer_bp} / {self.payee_bp} bp, {self.starts_on:%Y-%m-%d}"
