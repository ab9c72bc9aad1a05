"""Decisions that need two people of finance: what becomes of a bank entry, and large payments out of custody (P37, H55)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document

from ..reasons import PROPOSALS
from ..states import BOOKING_PROPOSAL
from .instructions import CustodianInstruction
from .statements import StatementEntry


class BookingProposal(models.Model):
    """What one member of finance proposes for a bank entry, for another to approve; never the same person (constraint)."""

    MACHINE = BOOKING_PROPOSAL

    entry = models.ForeignKey(StatementEntry, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("bank entry"))
    kind = models.CharField(_("kind"), max_length=10, choices=list(PROPOSALS.items()))
    terms = models.JSONField(default=dict)  # allocate: {"lines": [[escrow, minor, charges], …]}; confirm: {"instruction": …}; …
    reason = models.CharField(_("reason"), max_length=500)
    note = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("third-party payment note")
    )
    state = state_field(BOOKING_PROPOSAL)
    proposed_by_id = models.BigIntegerField(_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by_id = models.BigIntegerField(_("decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("booking proposal")
        verbose_name_plural = _("booking proposals")
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="proposed"), name="booking_proposal_open_once"),
            # P37: an approval is another person's; whoever proposed may take it back.
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("proposed_by_id"))),
                name="booking_proposal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None) | (~Q(state="proposed") & Q(decided_at__isnull=False)),
                name="booking_proposal_decided_has_time",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(PROPOSALS)), name="booking_proposal_kind"),
            state_check(BOOKING_PROPOSAL, "booking_proposal_state"),
        ]
        triggers = [state_moves(BOOKING_PROPOSAL)]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.entry_id}"


class ReleaseApproval(models.Model):
    """One person's word that money may leave custody under an instruction; each person counts once (H55)."""

    instruction = models.ForeignKey(
        CustodianInstruction, on_delete=models.PROTECT, related_name="approvals", verbose_name=_("custodian instruction")
    )
    by_id = models.BigIntegerField(_("approved by"))
    at = models.DateTimeField(_("approved at"))

    class Meta:
        verbose_name = _("release approval")
        verbose_name_plural = _("release approvals")
        constraints = [models.UniqueConstraint(fields=["instruction", "by_id"], name="release_approval_once_each")]
        triggers = protect()

    def __str__(self):
        return f"{self.instruction_id}: {self.by_id}"
