import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document
from kernel.vault import SealedTextField

from ..states import EXPORT, FREEZE_CASE
from .enterprises import Enterprise


class FreezeCase(models.Model):
    """An emergency freeze from the report to the unfreezing; the report may come from somebody who cannot log in (H12-H14)."""

    MACHINE = FREEZE_CASE

    no = models.CharField(_("case number"), max_length=20, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="freeze_cases")
    named = models.CharField(_("company as reported"), max_length=120)
    registration_no = models.CharField(_("code as reported"), max_length=40, blank=True)
    contact = SealedTextField(_("contact"), blank=True)  # JSON {name, phone, email}
    story = SealedTextField(_("what happened"), blank=True)
    reported_by_id = models.BigIntegerField(null=True, blank=True)
    state = state_field(FREEZE_CASE)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    reported_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by_id = models.BigIntegerField(null=True, blank=True)
    unfreeze_proposed_by_id = models.BigIntegerField(null=True, blank=True)
    closed_by_id = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("freeze case")
        verbose_name_plural = _("freeze cases")
        permissions = [
            ("freeze_enterprise", _("Can freeze an enterprise")),
            ("unfreeze_enterprise", _("Can propose and approve unfreezing")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(state__in=["frozen", "unfreeze_proposed"]), name="one_freeze_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["reported", "dismissed"])
                | Q(enterprise__isnull=False, frozen_at__isnull=False, frozen_by_id__isnull=False),
                name="frozen_case_has_enterprise",
            ),
            models.CheckConstraint(
                condition=~Q(state="lifted")
                | (Q(unfreeze_proposed_by_id__isnull=False, closed_by_id__isnull=False) & ~Q(unfreeze_proposed_by_id=F("closed_by_id"))),
                name="two_people_unfreeze",
            ),
            models.CheckConstraint(condition=~Q(state__in=["frozen", "dismissed"]) | ~Q(reason=""), name="freeze_has_reason"),
            state_check(FREEZE_CASE, "freeze_case_state"),
        ]
        triggers = [
            state_moves(FREEZE_CASE),
            pgtrigger.ReadOnly(name="report_stays", fields=["no", "named", "registration_no", "reported_by_id", "reported_at"]),
        ]

    def __str__(self):
        return self.no


class FreezeProof(models.Model):
    """A proof handed in with a freeze report or for unfreezing."""

    STAGES = [("freeze", _("for freezing")), ("unfreeze", _("for unfreezing"))]
    KINDS = [("licence", _("business licence")), ("legal_rep_id", _("identity paper of the legal representative"))]
    case = models.ForeignKey(FreezeCase, on_delete=models.PROTECT, related_name="proofs")
    stage = models.CharField(max_length=8, choices=STAGES)
    kind = models.CharField(max_length=16, choices=KINDS)
    document = models.OneToOneField(Document, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("proof of a freeze case")
        verbose_name_plural = _("proofs of freeze cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["licence", "legal_rep_id"], stage__in=["freeze", "unfreeze"]), name="freeze_proof_known"
            )
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} {self.stage}"


class Closure(models.Model):
    """That and why an enterprise closed; its trade records stay, its people are pseudonyms from then on (H22, P16)."""

    enterprise = models.OneToOneField(Enterprise, on_delete=models.PROTECT, related_name="closure")
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    closed_by_id = models.BigIntegerField()
    closed_at = models.DateTimeField()
    pseudonymised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        triggers = [
            pgtrigger.ReadOnly(name="closure_stays", fields=["enterprise", "reason", "closed_by_id", "closed_at"]),
            pgtrigger.Protect(name="closure_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self):
        return f"closure of {self.enterprise_id}"


class ExportJob(models.Model):
    """An enterprise's wish for everything about it as one file; made outside the request, kept for some days (H54, P39)."""

    MACHINE = EXPORT

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="exports")
    requested_by_id = models.BigIntegerField()
    state = state_field(EXPORT)
    parts_done = models.PositiveIntegerField(default=0)
    parts_total = models.PositiveIntegerField(default=0)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.UniqueConstraint(fields=["enterprise"], condition=Q(state__in=["requested", "running"]), name="one_export_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(document__isnull=False, ready_at__isnull=False, expires_at__isnull=False),
                name="ready_export_has_file",
            ),
            state_check(EXPORT, "export_state"),
        ]
        triggers = [state_moves(EXPORT), pgtrigger.ReadOnly(name="export_stays", fields=["enterprise", "requested_by_id", "created_at"])]

    def __str__(self):
        return f"export {self.pk} of {self.enterprise_id}"
