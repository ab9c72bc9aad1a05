from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field
from kernel.money import CREDIT, Money

from ..states import HOLD


class Hold(models.Model):
    """Money set aside between two enterprises until one of them gets it; it lies on an account of its own.

    Its terms never change, it is settled once, and what was settled has left the account (triggers of migrations 0004 and 0008).
    Parts may go back to the payer before that: `returned_minor` only grows. Of what the payee gets in the end, a share of `fee_minor`
    goes to the platform.
    """

    MACHINE = HOLD

    key = models.CharField(_("key"), max_length=120, unique=True)
    payer = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payer"))
    payee = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    amount_minor = models.BigIntegerField(_("amount"))
    fee_minor = models.BigIntegerField(_("platform's fee in it"), default=0, db_default=0)
    returned_minor = models.BigIntegerField(_("returned in parts"), default=0, db_default=0)
    currency = models.CharField(_("currency"), max_length=3)
    ref_type = models.CharField(_("reference type"), max_length=64)
    ref_id = models.CharField(_("reference"), max_length=64)
    state = state_field(HOLD)
    created_at = models.DateTimeField(_("held since"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_key = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="hold_amount"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="hold_between_two"),
            models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lt=F("amount_minor")), name="hold_fee_within"),
            models.CheckConstraint(condition=Q(returned_minor__gte=0, returned_minor__lt=F("amount_minor")), name="hold_returned_within"),
            models.CheckConstraint(
                condition=Q(state="held", settled_at=None, settled_key="") | (~Q(state="held") & Q(settled_at__isnull=False)),
                name="hold_settled_has_time",
            ),
            state_check(HOLD, "hold_state"),
        ]
        indexes = [models.Index(fields=["ref_type", "ref_id"], name="hold_ref")]

    def __str__(self):
        return f"{self.amount} · {self.get_state_display()}"

    @property
    def holder(self) -> str:
        return f"hold:{self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What of the amount has not gone back in parts."""
        return self.amount_minor - self.returned_minor

    @property
    def is_credit(self) -> bool:
        """Credit goes back to wallets; cash becomes a claim on the custodian."""
        return self.currency == CREDIT
