from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field
from kernel.money import CREDIT, Money
from ledger.rules import fee_of

from ..states import ESCROW


class Escrow(models.Model):
    """Cash between two enterprises in the custody of a licensed institution; the platform only instructs (SPEC decision 4).

    Its terms never change, it ends once, and it agrees with its hold in the ledger (triggers of migrations 0005 and 0009). Parts may go
    back to the payer before it ends; of what the payee gets in the end, a share of `fee_minor` goes to the platform.
    """

    MACHINE = ESCROW

    key = models.CharField(_("key"), max_length=120, unique=True)
    payer = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payer"))
    payee = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    amount_minor = models.BigIntegerField(_("amount"))
    fee_minor = models.BigIntegerField(_("platform's fee in it"), default=0, db_default=0)
    returned_minor = models.BigIntegerField(_("returned in parts"), default=0, db_default=0)
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
            models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lt=F("amount_minor")), name="escrow_fee_within"),
            models.CheckConstraint(condition=Q(returned_minor__gte=0, returned_minor__lt=F("amount_minor")), name="escrow_returned_within"),
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
    def left_minor(self) -> int:
        """What of the amount has not gone back in parts."""
        return self.amount_minor - self.returned_minor

    @property
    def fee_left_minor(self) -> int:
        """What of `left_minor` goes to the platform at release."""
        return fee_of(self.fee_minor, self.amount_minor, self.left_minor)

    @property
    def ref(self) -> tuple[str, str]:
        return self.ref_type, self.ref_id
