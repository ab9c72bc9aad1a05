from django.db import models
from django.utils.translation import gettext_lazy as _


class Document(models.Model):
    """A private file: sealed on disk under a random name, reachable only through the room that owns its subject."""

    token = models.CharField(max_length=40, unique=True)
    owner_chain = models.CharField(max_length=64, db_index=True)
    purpose = models.CharField(max_length=40)
    file_name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=80)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [models.Index(fields=["uploaded_by_id", "created_at"], name="document_uploaded")]  # the daily quota asks it

    def __str__(self):
        return self.file_name
