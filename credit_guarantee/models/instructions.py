from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.machines import state_check, state_field
from kernel.models import PersonalValue
from kernel.money import Money

from ..states import INSTRUCTION
from .escrows import Escrow

KINDS = [
    ("collect", _("collect")),
    ("pay_out", _("pay out")),
    ("pay_back", _("pay back")),
    ("part", _("pay a part back")),
    ("fee", _("pay the platform's fee")),
    ("suspense", _("unexpected receipt")),  # nobody asked for it: the custodian reported it (P9)
    ("return", _("return an unexpected receipt")),
]
ONCE = ["collect", "pay_out", "pay_back", "fee"]  # of one escrow; money may arrive unasked more than once


class CustodianInstruction(models.Model):
    """What the custodian was asked to do with an escrow's money, and what it answered.

    An unexpected receipt stands here too, confirmed from the start, so that one constraint keeps every booking of the bank from
    counting twice. Terms never change and an answer is final (triggers of migration 0005).
    """

    MACHINE = INSTRUCTION

    # None: money of a bank entry goes back to whoever sent it, to the account that it came from.
    escrow = models.ForeignKey(
        Escrow, on_delete=models.PROTECT, null=True, blank=True, related_name="instructions", verbose_name=_("escrow")
    )
    entry = models.ForeignKey(
        "credit_guarantee.StatementEntry", on_delete=models.PROTECT, null=True, blank=True, related_name="returns",
        verbose_name=_("bank entry"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    state = state_field(INSTRUCTION)
    receipt = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="returns", verbose_name=_("unexpected receipt")
    )
    idempotency_key = models.CharField(_("idempotency key"), max_length=40, unique=True)
    enterprise = models.ForeignKey(
        "accounts.Enterprise", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    # Where the money goes: the account on file at that moment, so that a later change of company data moves no payment (P37).
    payee_holder = models.CharField(_("account holder"), max_length=120, blank=True, db_default="")
    payee_bank = models.CharField(_("bank"), max_length=80, blank=True, db_default="")
    payee_code = models.CharField(_("bank code"), max_length=12, blank=True, db_default="")
    payee_account = models.ForeignKey(
        PersonalValue, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account number")
    )
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
            models.UniqueConstraint(
                fields=["escrow", "kind"], condition=Q(state__in=["sent", "confirmed"], kind__in=ONCE), name="instruction_once"
            ),
            models.UniqueConstraint(fields=["receipt"], condition=Q(state__in=["sent", "confirmed"]), name="receipt_returned_once"),
            models.CheckConstraint(
                condition=Q(kind="return", receipt__isnull=False, entry=None)
                | Q(kind="return", receipt=None, entry__isnull=False)
                | (~Q(kind="return") & Q(receipt=None, entry=None)),
                name="instruction_return_has_receipt",
            ),
            models.CheckConstraint(
                condition=(Q(escrow__isnull=False, entry=None) & (Q(enterprise__isnull=False) ^ Q(kind="fee")))
                | Q(escrow=None, entry__isnull=False),
                name="instruction_is_about_money",
            ),
            models.CheckConstraint(condition=~Q(kind="suspense") | Q(state="confirmed"), name="receipt_needs_no_answer"),
            models.CheckConstraint(condition=Q(kind__in=[code for code, _label in KINDS]), name="instruction_kind"),
            # One bank booking confirms one instruction (P9).
            models.UniqueConstraint(fields=["external_ref"], condition=~Q(external_ref=""), name="custodian_reference_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instruction_amount"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | (~Q(external_ref="") & Q(answered_at__isnull=False)), name="instruction_confirmed_has_ref"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(refusal_reason=""), name="instruction_refused_has_reason"),
            models.CheckConstraint(
                condition=Q(state="sent", answered_at=None, answered_by_id=None) | (~Q(state="sent") & Q(answered_at__isnull=False)),
                name="instruction_answered_has_time",
            ),
            models.CheckConstraint(condition=Q(external_ref="") | Q(state="confirmed"), name="instruction_reference_is_confirmed"),
            models.CheckConstraint(condition=Q(refusal_reason="") | Q(state="refused"), name="instruction_reason_is_refused"),
            state_check(INSTRUCTION, "instruction_state"),
        ]
        indexes = [models.Index(fields=["state", "created_at", "id"], name="instruction_queue")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def reference(self) -> str:
        """What the bank is told it is about."""
        return self.escrow.remittance_reference if self.escrow else self.idempotency_key

    @property
    def ref(self) -> tuple[str, str]:
        """What the ledger says it is about."""
        return self.escrow.ref if self.escrow else self.entry.ref  # type: ignore[union-attr]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
