"""Bank statements and their bookings; which booking pays which escrow is a table of its own (DOMAIN §4)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document, Job
from kernel.money import Money
from kernel.vault import SealedTextField

from ..reasons import REASONS
from ..states import STATEMENT_ENTRY, STATEMENT_FILE
from .escrows import Escrow
from .instructions import CustodianInstruction


class StatementFile(models.Model):
    """A statement file as it was handed in: read by a job, and either booked or refused whole with every wrong row named."""

    MACHINE = STATEMENT_FILE

    no = models.CharField(_("number"), max_length=16, unique=True)
    account_no = models.CharField(_("account"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("job"))
    state = state_field(STATEMENT_FILE)
    problems = models.JSONField(default=list, blank=True)  # [row, sentence]
    asked_by_id = models.BigIntegerField(_("person"))
    created_at = models.DateTimeField(_("handed in"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("statement file")
        verbose_name_plural = _("statement files")
        permissions = [
            ("import_statement", _("Can import bank statements")),
            ("decide_booking", _("Can propose and approve bookings of bank entries")),
        ]
        constraints = [
            # The same file is not read twice; one that was refused may be sent again.
            models.UniqueConstraint(fields=["account_no", "sha256"], condition=~Q(state="refused"), name="statement_file_once"),
            state_check(STATEMENT_FILE, "statement_file_state"),
        ]
        triggers = [state_moves(STATEMENT_FILE)]

    def __str__(self):
        return self.no


class BankStatement(models.Model):
    """What a bank said of one account between two balances."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements", verbose_name=_("statement file"))
    account_no = models.CharField(_("account"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    format = models.CharField(_("format"), max_length=12)
    number = models.CharField(_("statement number"), max_length=35, blank=True)
    opening_minor = models.BigIntegerField(_("opening balance"), null=True, blank=True)
    closing_minor = models.BigIntegerField(_("closing balance"), null=True, blank=True)
    first_at = models.DateTimeField(_("from"))
    last_at = models.DateTimeField(_("to"))
    lines = models.PositiveIntegerField(_("bookings"))
    in_minor = models.BigIntegerField(_("money in"))
    out_minor = models.BigIntegerField(_("money out"))
    created_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [models.CheckConstraint(condition=Q(first_at__lte=models.F("last_at")), name="statement_period")]
        indexes = [models.Index(fields=["account_no", "-last_at", "-id"], name="statement_newest")]

    def __str__(self):
        return self.number or f"{self.account_no} {self.last_at:%Y-%m-%d}"

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self.currency)

    @property
    def opening(self) -> Money | None:
        return self._money(self.opening_minor)

    @property
    def closing(self) -> Money | None:
        return self._money(self.closing_minor)

    @property
    def came_in(self) -> Money:
        return Money(self.in_minor, self.currency)

    @property
    def went_out(self) -> Money:
        return Money(self.out_minor, self.currency)


class StatementEntry(models.Model):
    """One booking of a bank, once in whatever files it is named (P9). What the bank printed never changes (trigger)."""

    MACHINE = STATEMENT_ENTRY

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="entries", verbose_name=_("bank statement"))
    account_no = models.CharField(_("account"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3)
    fingerprint = models.CharField(max_length=64)
    row = models.PositiveIntegerField(_("row"))
    at = models.DateTimeField(_("booked by the bank"))
    into = models.BooleanField(_("money in"))
    amount_minor = models.BigIntegerField(_("amount"))
    balance_minor = models.BigIntegerField(_("balance"), null=True, blank=True)
    charges_minor = models.BigIntegerField(_("charges named by the bank"), null=True, blank=True)
    name = models.CharField(_("other party"), max_length=200, blank=True)
    account = SealedTextField(_("other party's account"), blank=True)
    to_account = models.CharField(pgettext_lazy("bank", "sub-account"), max_length=40, blank=True)
    text = models.CharField(pgettext_lazy("transfer", "text"), max_length=1000, blank=True)
    bank_ref = models.CharField(_("bank's reference"), max_length=64, blank=True)
    returned = models.BooleanField(_("taken back by the bank"), default=False)
    state = state_field(STATEMENT_ENTRY)
    reason = models.CharField(_("reason"), max_length=16, choices=[(code, label) for code, (label, _text) in REASONS.items()])
    meant = ArrayField(models.BigIntegerField(), default=list, blank=True)  # escrows (money in) or instructions (money out) it may be for
    confirms = models.OneToOneField(
        CustodianInstruction, on_delete=models.PROTECT, null=True, blank=True, related_name="statement_entry",
        verbose_name=_("custodian instruction"),
    )  # fmt: skip
    takes_back = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="taken_back_by", verbose_name=_("takes back")
    )
    booked_at = models.DateTimeField(_("in the books since"), null=True, blank=True)
    created_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        constraints = [
            models.UniqueConstraint(fields=["account_no", "fingerprint"], name="statement_entry_once"),  # P9
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="statement_entry_amount"),
            models.CheckConstraint(condition=~Q(state="settled") | Q(booked_at__isnull=False), name="statement_entry_settled_is_booked"),
            models.CheckConstraint(
                condition=~Q(state__in=["doubtful", "dismissed"]) | Q(booked_at=None), name="statement_entry_doubtful_is_not"
            ),
            models.CheckConstraint(condition=Q(takes_back=None) | Q(into=False), name="statement_entry_taken_back_goes_out"),
            state_check(STATEMENT_ENTRY, "statement_entry_state"),
        ]
        triggers = [state_moves(STATEMENT_ENTRY)]
        indexes = [
            models.Index(fields=["state", "at", "id"], name="statement_entry_queue"),
            models.Index(fields=["account_no", "bank_ref"], name="statement_entry_bank_ref", condition=~Q(bank_ref="")),
            GinIndex(fields=["meant"], name="statement_entry_meant"),
        ]

    def __str__(self):
        return self.no

    @property
    def no(self) -> str:
        return f"E{self.pk:07d}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def ref(self) -> tuple[str, str]:
        return "credit_guarantee.statementfile", str(self.statement.file_id)


class Allocation(models.Model):
    """So much of a bank entry pays an escrow; `charges_minor` is what bank charges took on the way, which the platform bears.

    One transfer may pay many orders and an order may take many transfers. `held_at`: the money has left suspense for the hold.
    """

    entry = models.ForeignKey(StatementEntry, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("bank entry"))
    escrow = models.ForeignKey(Escrow, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("escrow"))
    amount_minor = models.BigIntegerField(_("amount"))
    charges_minor = models.BigIntegerField(_("bank charges"), default=0)
    at = models.DateTimeField(_("allocated at"))
    held_at = models.DateTimeField(_("held since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)  # given up with its order, or taken back by the bank

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["entry", "escrow"], condition=Q(ended_at=None), name="allocation_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0, charges_minor__gte=0), name="allocation_amount"),
        ]

    def __str__(self):
        return str(self.amount)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.escrow.currency)

    @property
    def charges(self) -> Money:
        return Money(self.charges_minor, self.escrow.currency)
