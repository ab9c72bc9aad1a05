from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.append_only import protect
from kernel.models import Document


class ThreadQuerySet(models.QuerySet):
    def visible_to(self, actor):
        """The threads of the actor's enterprise, and nobody else's (P11)."""
        return self.filter(parties__contains=[actor.enterprise_id]) if actor.enterprise_id else self.none()


class Thread(models.Model):
    """What some enterprises say to each other about one thing."""

    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    parties = ArrayField(models.BigIntegerField())  # enterprise ids, ascending
    created_at = models.DateTimeField()

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id", "parties"], name="thread_once")]
        indexes = [GinIndex(fields=["parties"], name="thread_parties")]

    def __str__(self):
        return f"{self.subject_type} {self.subject_id}"


class Message(models.Model):
    """Something said in a thread; it can be neither changed nor deleted (it may become evidence)."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+")
    enterprise_name = models.CharField(max_length=120)  # as it was called when it said so (decision 6)
    body = models.TextField(_("message"), max_length=5000, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["thread", "id"], name="message_in_thread")]
        triggers = protect()

    def __str__(self):
        return f"{self.enterprise_name} {self.at:%Y-%m-%d %H:%M}"


class MessageAttachment(models.Model):
    """A file sent with a message."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        triggers = protect()

    def __str__(self):
        return str(self.document)
