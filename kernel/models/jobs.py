from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ..jobs import KINDS
from ..machines import state_check, state_field
from ..states import JOB
from .documents import Document


class JobQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """The jobs of the enterprise that the actor acts for; of those, a kind says who may look (JobKind.allow)."""
        return self.filter(owner_chain=actor.acting_for) if actor.acting_for else self.none()


class Job(models.Model):
    """Long work for one enterprise, done batch by batch, each in a transaction of its own; `step` is the next one to do."""

    MACHINE = JOB

    no = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    owner_chain = models.CharField(_("enterprise"), max_length=64)
    asked_by_id = models.BigIntegerField(_("person"), null=True, blank=True)  # none: an operator's command
    language = models.CharField(max_length=12)  # of the sentences it writes
    state = state_field(JOB)
    step = models.PositiveIntegerField(default=0)  # 0 begin, 1 to batches, then the end
    batches = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    failed = models.PositiveIntegerField(_("refused"), default=0)
    counts = models.JSONField(default=dict, blank=True)
    args = models.JSONField(default=dict, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the file that came in; stays when the file is gone
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file"))
    result = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("result"))
    refused = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refused rows"))
    problem = models.CharField(max_length=60, blank=True)  # code of what ended it
    problem_text = models.TextField(_("problem"), blank=True)
    created_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    expires_at = models.DateTimeField(_("files kept until"), null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            state_check(JOB, "job_state"),
            models.UniqueConstraint(fields=["owner_chain", "kind"], condition=Q(state="running"), name="one_running_job"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="job_done_within"),
            models.CheckConstraint(condition=Q(failed__lte=F("done")), name="job_failed_within"),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(problem=""), name="failed_job_says_why"),
            models.CheckConstraint(condition=Q(state__in=["requested", "running"]) | Q(ended_at__isnull=False), name="ended_job_has_time"),
        ]
        indexes = [
            models.Index(fields=["owner_chain", "-id"], name="jobs_of_owner"),
            models.Index(fields=["owner_chain", "kind", "sha256"], name="jobs_of_file", condition=~Q(sha256="")),
        ]

    def __str__(self):
        return self.no

    @property
    def open(self) -> bool:
        return self.state in ("requested", "running")

    @property
    def kind_label(self):
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def figures(self) -> list[tuple]:
        """What the job has done so far, as (label, number) in the order of its kind."""
        labels = KINDS[self.kind].count_labels if self.kind in KINDS else {}
        return [(label, self.counts.get(name, 0)) for name, label in labels.items() if name in self.counts]


class JobPart(models.Model):
    """A sealed file between two steps of a job: rows still to be done, or a piece of what is being made."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_part_once")]

    def __str__(self):
        return f"{self.job_id}/{self.number}"


class JobRefusal(models.Model):
    """A row that a job did not take, kept until its sheet is written."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="refusals")
    row = models.PositiveIntegerField()
    cells = models.JSONField()
    why = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "row"], name="job_refusal_once")]

    def __str__(self):
        return f"{self.job_id}: {self.row}"
