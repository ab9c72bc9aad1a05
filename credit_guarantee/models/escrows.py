from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field
from kernel.money import CREDIT, Money

from ..states import ESCROW


class Escrow(models.Model):
    """Cash between two enterprises in the custody of a licensed institution; the platform only instructs (SPEC decision 4).

    Its terms never change, it ends once, and it agrees with its hold in the ledger (triggers of migration 0005).
    """

    MACHINE = ESCROW

    key = models.CharField(_("key"), max_length=120, unique=True)
    payer = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payer"))
    payee = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    ref_type = models.CharField(_("reference type"), max_length=64)
    ref_id = models.CharField(_("reference"), max_length=64)
    remittance_reference = models.CharField(_("remittance reference"), max_length=12, unique=True)
    state = state_field(ESCROW)
    hold = models.OneToOneField(
        "ledger.Hold", on_delete=models.PROTECT, null=True, blank=True, related_name="escrow", verbose_name=_("hold")
    )
    opened_at = models.DateTimeField(_("opened at"))
    funded_at = models.DateTimeField(_("funded at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_key = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("escrow")
        verbose_name_plural = _("escrows")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0) & ~Q(currency=CREDIT), name="escrow_is_cash"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="escrow_between_two"),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting_funds", "cancelled"], hold=None, funded_at=None)
                | Q(state__in=["funded", "released", "refunded"], hold__isnull=False, funded_at__isnull=False),
                name="escrow_funded_has_hold",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting_funds", "funded"], closed_at=None)
                | Q(state__in=["released", "refunded", "cancelled"], closed_at__isnull=False),
                name="escrow_closed_has_time",
            ),
            state_check(ESCROW, "escrow_state"),
        ]
        indexes = [models.Index(fields=["ref_type", "ref_id"], name="escrow_ref")]

    def __str__(self):
        return f"{self.remittance_reference} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def ref(self) -> tuple[str, str]:
        return self.ref_type, self.ref_id
