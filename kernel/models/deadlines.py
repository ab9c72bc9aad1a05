from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..deadlines import POLICIES


class CalendarDay(models.Model):
    """A day that differs from Monday-to-Friday, as the State Council's notice says it (or as we expect it: provisional)."""

    day = models.DateField(_("day"), primary_key=True)
    working = models.BooleanField(_("working day"))
    name = models.CharField(_("holiday"), max_length=40, blank=True)
    provisional = models.BooleanField(_("provisional"), default=False)

    class Meta:
        ordering = ["day"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")

    def __str__(self):
        return f"{self.day} {self.name}"


class Deadline(models.Model):
    """A promise with a due time. It is met, cancelled, or fires exactly once; a paused one does not fire."""

    policy = models.CharField(_("promise"), max_length=60)
    subject_type = models.CharField(_("subject"), max_length=64)
    subject_id = models.CharField(_("number"), max_length=64)
    chains = models.JSONField(_("told to"), default=list)  # whose timelines hear of it when it passes
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    fired_at = models.DateTimeField(_("breached"), null=True, blank=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "subject_type", "subject_id"],
                condition=Q(met_at=None, cancelled_at=None, fired_at=None),
                name="one_open_deadline",
            ),
            models.CheckConstraint(condition=Q(due_at__gte=models.F("started_at")), name="due_after_start"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="deadline_due", condition=Q(met_at=None, cancelled_at=None, fired_at=None, paused_at=None)
            ),
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
        ]

    def __str__(self):
        return f"{POLICIES[self.policy].label if self.policy in POLICIES else self.policy} #{self.pk}"

    @property
    def open(self) -> bool:
        return not (self.met_at or self.cancelled_at or self.fired_at)
