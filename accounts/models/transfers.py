import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document
from kernel.vault import SealedTextField

from ..states import MAIN_TRANSFER
from .enterprises import Enterprise
from .freezes import FreezeProof


class MainTransfer(models.Model):
    """The wish to give an enterprise's main account to another person: its holder has left, or the account was stolen (H13).

    Both proofs come with it; one member of staff proposes, another approves, then a cooling period runs in which the holder may object.
    """

    MACHINE = MAIN_TRANSFER
    CAUSES = [("left", _("the holder has left or cannot be reached")), ("stolen", _("the account was stolen"))]

    no = models.CharField(_("case number"), max_length=20, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="main_transfers")
    named = models.CharField(_("company as reported"), max_length=120)
    registration_no = models.CharField(_("code as reported"), max_length=40, blank=True)
    cause = models.CharField(_("cause"), max_length=8, choices=CAUSES)
    contact = SealedTextField(_("contact"), blank=True)  # JSON {name, role, phone, email}: who asks and is to hold the account
    story = SealedTextField(_("what happened"), blank=True)
    language = models.CharField(max_length=8, default="zh-hans")  # of the page on which it was asked for: the mails to the new holder
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    state = state_field(MAIN_TRANSFER)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    objection = SealedTextField(_("objection of the holder"), blank=True)
    keep_as_sub = models.BooleanField(_("the old holder stays as a sub-account"), default=False)
    old_main_id = models.BigIntegerField(null=True, blank=True)
    new_main_id = models.BigIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    ends_at = models.DateTimeField(_("end of the cooling period"), null=True, blank=True)
    closed_by_id = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("transfer of a main account")
        verbose_name_plural = _("transfers of main accounts")
        permissions = [("transfer_main_account", _("Can propose and approve transfers of main accounts"))]
        constraints = [
            models.UniqueConstraint(fields=["enterprise"], condition=Q(state__in=["proposed", "cooling"]), name="one_transfer_at_a_time"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "dismissed"])
                | Q(enterprise__isnull=False, old_main_id__isnull=False, proposed_by_id__isnull=False),
                name="proposed_transfer_has_company",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cooling", "done"])
                | (Q(approved_by_id__isnull=False, ends_at__isnull=False) & ~Q(approved_by_id=F("proposed_by_id"))),
                name="two_people_transfer",
            ),
            models.CheckConstraint(condition=~Q(state="dismissed") | ~Q(reason=""), name="dismissed_transfer_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(new_main_id__isnull=False, closed_at__isnull=False), name="done_transfer_has_holder"
            ),
            models.CheckConstraint(condition=Q(cause__in=["left", "stolen"]), name="transfer_cause_known"),
            state_check(MAIN_TRANSFER, "main_transfer_state"),
        ]
        triggers = [
            state_moves(MAIN_TRANSFER),
            pgtrigger.ReadOnly(name="wish_stays", fields=["no", "named", "registration_no", "cause", "asked_by_id", "asked_at"]),
        ]

    def __str__(self):
        return self.no


class TransferProof(models.Model):
    """A proof handed in with the wish for another main account."""

    KINDS = FreezeProof.KINDS  # the same two papers prove who may speak for a company (H13)
    case = models.ForeignKey(MainTransfer, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=16, choices=KINDS)
    document = models.OneToOneField(Document, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proof of a transfer")
        verbose_name_plural = _("proofs of transfers")
        constraints = [models.UniqueConstraint(fields=["case", "kind"], name="one_transfer_proof_of_a_kind")]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} of {self.case_id}"
