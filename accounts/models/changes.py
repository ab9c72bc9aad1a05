import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect
from kernel.machines import state_check, state_field, state_moves
from kernel.models import Document
from kernel.vault import SealedTextField

from ..states import CHANGE_OPEN, COMPANY_CHANGE
from .enterprises import Enterprise
from .people import User

# What a company is: while a change of these waits for review, trade may be held (H20). Address, phone and bank never hold it.
HOLDING_FIELDS = ("name", "name_en", "registration_no", "legal_representative", "licence_expires_on")


class RegistrationDraft(models.Model):
    """What a person has typed of a registration so far: save and return; gone when it is handed in."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="registration_draft")
    values = SealedTextField(_("values"), blank=True)  # JSON {field: text}; sealed because it holds personal values
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("registration draft")
        verbose_name_plural = _("registration drafts")

    def __str__(self):
        return f"draft of {self.user_id}"

    @property
    def papers(self) -> dict[str, str]:
        """The files kept with it: {kind: document token}."""
        return dict(self.kept.values_list("kind", "document__token"))


class DraftPaper(models.Model):
    """A file kept with a draft: it belongs to something, so that the nightly sweep of loose uploads leaves it."""

    draft = models.ForeignKey(RegistrationDraft, on_delete=models.CASCADE, related_name="kept")
    kind = models.CharField(_("kind"), max_length=16)
    document = models.OneToOneField(Document, on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("paper of a registration draft")
        verbose_name_plural = _("papers of registration drafts")
        constraints = [models.UniqueConstraint(fields=["draft", "kind"], name="one_draft_paper_of_a_kind")]

    def __str__(self):
        return f"{self.kind} of draft {self.draft_id}"


_ENDED = pgtrigger.Q(old__state__in=["approved", "rejected", "withdrawn"])
_REWRITTEN = (
    pgtrigger.Q(old__fields__df=pgtrigger.F("new__fields"))
    | pgtrigger.Q(old__first_reviewer_id__df=pgtrigger.F("new__first_reviewer_id"))
    | pgtrigger.Q(old__decided_by_id__df=pgtrigger.F("new__decided_by_id"))
    | pgtrigger.Q(old__decided_at__df=pgtrigger.F("new__decided_at"))
    | pgtrigger.Q(old__decision_reason__df=pgtrigger.F("new__decision_reason"))
)


class CompanyChangeQuerySet(models.QuerySet):
    def own(self, actor):
        """The changes of the actor's enterprise."""
        return self.filter(enterprise_id=actor.enterprise_id or 0)

    def open(self):
        """Those that still wait for somebody."""
        return self.filter(state__in=CHANGE_OPEN)

    def holding(self):
        """Open ones that touch what the company is: they hold its trade as the operator has set it (H20)."""
        touched = Q()
        for field in HOLDING_FIELDS:
            touched |= Q(fields__contains=[field])
        return self.open().filter(touched)


class CompanyChange(models.Model):
    """A change of a company's identity that waits for review; the old data stay live until it is approved (H19)."""

    MACHINE = COMPANY_CHANGE

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField(_("version"))
    fields = models.JSONField(_("changed fields"))  # names only
    values = SealedTextField(_("new values"), blank=True)  # JSON {field: new value}; blank once erased
    before = SealedTextField(_("values before"), blank=True)  # JSON {field: value when approved}
    reason = models.CharField(_("why"), max_length=400, blank=True)
    state = state_field(COMPANY_CHANGE)
    needs_second = models.BooleanField(_("needs a second reviewer"), default=False)
    asked_by_id = models.BigIntegerField()
    first_reviewer_id = models.BigIntegerField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decision_reason = models.TextField(_("reason of the decision"), blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = CompanyChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("company change")
        verbose_name_plural = _("company changes")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "version"], name="company_change_version"),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(state__in=["submitted", "under_review", "asked", "second_review"]),
                name="one_open_company_change",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by_id__isnull=False, decided_at__isnull=False),
                name="approved_change_has_decider",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(needs_second=False)
                | (Q(first_reviewer_id__isnull=False) & ~Q(first_reviewer_id=F("decided_by_id"))),
                name="second_reviewer_is_another",
            ),
            models.CheckConstraint(condition=~Q(state="rejected") | ~Q(decision_reason=""), name="rejected_change_has_reason"),
            state_check(COMPANY_CHANGE, "company_change_state"),
        ]
        triggers = [
            state_moves(COMPANY_CHANGE),
            pgtrigger.ReadOnly(name="change_stays", fields=["enterprise", "version", "needs_second", "asked_by_id", "created_at"]),
            # The values are left out: they are sealed again with a new key, and erased when their time is over.
            pgtrigger.Protect(name="decision_stays", operation=pgtrigger.Update, condition=_ENDED & _REWRITTEN),
        ]

    def __str__(self):
        return f"{self.enterprise_id} v{self.version}"

    @property
    def open(self) -> bool:
        return self.state in CHANGE_OPEN


class ChangePaper(models.Model):
    """A paper handed in with a company change."""

    change = models.ForeignKey(CompanyChange, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=16)
    document = models.OneToOneField(Document, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("paper of a company change")
        verbose_name_plural = _("papers of company changes")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["licence", "legal_rep_id", "bank_proof"]), name="change_paper_kind_known")
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} of change {self.change_id}"


class FieldVerdict(models.Model):
    """A reviewer's word on one field of one submission; the newest for a field counts."""

    VERDICTS = [("matches", _("matches the document")), ("differs", _("differs")), ("unreadable", _("cannot be read"))]
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="verdicts")
    change = models.ForeignKey(CompanyChange, on_delete=models.PROTECT, null=True, blank=True, related_name="verdicts")
    field = models.CharField(_("field"), max_length=40)
    verdict = models.CharField(_("verdict"), max_length=12, choices=VERDICTS)
    note = models.CharField(_("note to the company"), max_length=400, blank=True)
    submitted_at = models.DateTimeField()  # which submission it is about
    reviewer_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("verdict on a field")
        verbose_name_plural = _("verdicts on fields")
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=["matches", "differs", "unreadable"]), name="field_verdict_known"),
            models.CheckConstraint(condition=Q(verdict="matches") | ~Q(note=""), name="mismatch_has_note"),
        ]
        indexes = [models.Index(fields=["enterprise", "submitted_at"], name="field_verdict_submission")]
        triggers = protect()

    def __str__(self):
        return f"{self.field}: {self.verdict}"


class FormerName(models.Model):
    """A name a company bore before; its public page says so (P17)."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="former_names")
    name = models.CharField(_("company name"), max_length=120)
    name_en = models.CharField(_("company name in English"), max_length=160, blank=True)
    borne_until = models.DateTimeField()

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        triggers = protect()

    def __str__(self):
        return self.name
