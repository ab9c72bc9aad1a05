from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.models import Fact


class Notice(models.Model):
    """News for one person: a sentence kept in English with its values, put into the reader's language when it is shown."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    msgid = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["fact", "recipient", "msgid"], name="notice_once")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_inbox"),
            models.Index(fields=["recipient"], name="notice_unread", condition=models.Q(read_at=None)),
        ]

    def __str__(self):
        return f"{self.msgid[:60]} -> {self.recipient_id}"

    @property
    def text(self) -> str:
        """The sentence in the language that is active now."""
        return gettext(self.msgid) % self.params
