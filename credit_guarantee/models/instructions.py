from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field
from kernel.money import Money

from ..states import INSTRUCTION
from .escrows import Escrow

KINDS = [("collect", _("collect")), ("pay_out", _("pay out")), ("pay_back", _("pay back"))]


class CustodianInstruction(models.Model):
    """What the custodian was asked to do with an escrow's money, and what it answered."""

    MACHINE = INSTRUCTION

    escrow = models.ForeignKey(Escrow, on_delete=models.PROTECT, related_name="instructions", verbose_name=_("escrow"))
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    state = state_field(INSTRUCTION)
    idempotency_key = models.CharField(_("idempotency key"), max_length=40, unique=True)
    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    external_ref = models.CharField(_("custodian's reference"), max_length=64, blank=True)
    refusal_reason = models.TextField(_("reason for refusal"), blank=True)
    created_at = models.DateTimeField(_("sent at"))
    handed_at = models.DateTimeField(_("handed to the custodian at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("custodian instruction")
        verbose_name_plural = _("custodian instructions")
        permissions = [("confirm_custodian", _("Can confirm what the custodian has done"))]
        constraints = [
            models.UniqueConstraint(fields=["escrow", "kind"], condition=Q(state__in=["sent", "confirmed"]), name="instruction_once"),
            # One bank booking confirms one instruction (P9).
            models.UniqueConstraint(fields=["external_ref"], condition=~Q(external_ref=""), name="custodian_reference_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instruction_amount"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(external_ref="") & Q(answered_at__isnull=False)), name="instruction_confirmed_has_ref"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal_reason=""), name="instruction_refused_has_reason"),
            state_check(INSTRUCTION, "instruction_state"),
        ]
        indexes = [models.Index(fields=["state", "created_at", "id"], name="instruction_queue")]

    def __str__(self):
        return self.idempotency_key

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
