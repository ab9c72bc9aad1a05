from django.db import models


class RequestKey(models.Model):
    """One sent form: the same key with the same inputs answers the same, with other inputs it is refused (P6)."""

    key = models.CharField(max_length=64, unique=True)
    verb = models.CharField(max_length=60)
    actor_user_id = models.BigIntegerField(null=True, blank=True)
    inputs_hash = models.CharField(max_length=64)
    result_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return f"{self.verb} {self.key[:8]}"
