from django.db import models
from django.utils.translation import gettext_lazy as _


class RequestKey(models.Model):
    """One sent form: the same key with the same inputs answers the same, with other inputs it is refused (P6)."""

    key = models.CharField(_("request key"), max_length=64, unique=True)
    verb = models.CharField(_("act"), max_length=60)
    actor_user_id = models.BigIntegerField(_("person"), null=True, blank=True)
    inputs_hash = models.CharField(_("checksum"), max_length=64)
    result_id = models.BigIntegerField(_("result"), null=True, blank=True)
    created_at = models.DateTimeField(_("time"), db_index=True)

    class Meta:
        verbose_name = _("sent form")
        verbose_name_plural = _("sent forms")

    def __str__(self):
        return f"{self._meta.verbose_name} #{self.pk}"
