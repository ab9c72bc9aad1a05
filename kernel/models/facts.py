from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..append_only import protect


class Fact(models.Model):
    """One thing that happened: who, about what, when; written in the transaction of the act and never changed."""

    name = models.CharField(max_length=80)
    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=12)  # member, staff, person, timer, command, custodian
    actor_user_id = models.BigIntegerField(null=True, blank=True)
    acting_for = models.CharField(max_length=64, blank=True)  # chain of the enterprise acted for
    request_id = models.CharField(max_length=32, blank=True)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)  # {field: [before, after]}
    personal = models.JSONField(default=dict)  # {kind: [PersonalValue id, commitment]}: erasable without breaking a hash
    content_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="fact_subject")]
        triggers = protect()

    def __str__(self):
        return f"{self.name} #{self.pk}"


class ChainHead(models.Model):
    """The last link of a chain; locked while a fact is linked, so that a chain has no forks."""

    chain = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self):
        return f"{self.chain}@{self.seq}"


class ChainLink(models.Model):
    """A fact's place in the hash chain of one enterprise, person or case."""

    chain = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="links")
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="chain_seq_once"),
            models.UniqueConstraint(fields=["chain", "fact"], name="chain_fact_once"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.chain}/{self.seq}"


class Delivery(models.Model):
    """The promise that one handler will hear one fact exactly once; done in the handler's own transaction."""

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="deliveries")
    handler = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["fact", "handler"], name="delivery_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="delivery_due", condition=Q(done_at=None, dead_at=None))]

    def __str__(self):
        return f"{self.handler} <- {self.fact_id}"
