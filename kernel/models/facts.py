from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..append_only import protect
from ..facts import FACTS


class Fact(models.Model):
    """One thing that happened: who, about what, when; written in the transaction of the act and never changed."""

    name = models.CharField(_("fact name"), max_length=80)
    at = models.DateTimeField(_("time"), db_index=True)
    actor_kind = models.CharField(_("by"), max_length=12)  # member, staff, person, timer, command, custodian
    actor_user_id = models.BigIntegerField(_("person"), null=True, blank=True)
    acting_for = models.CharField(_("acting for"), max_length=64, blank=True)  # chain of the enterprise acted for
    request_id = models.CharField(_("request number"), max_length=32, blank=True)
    subject_type = models.CharField(_("subject"), max_length=64)
    subject_id = models.CharField(_("number"), max_length=64)
    payload = models.JSONField(_("record"), default=dict)
    changes = models.JSONField(_("before and after"), default=dict)  # {field: [before, after]}
    # {kind: [PersonalValue id, commitment]}: erasable without breaking a hash
    personal = models.JSONField(_("values about a person"), default=dict)
    content_hash = models.CharField(_("checksum"), max_length=64)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="fact_subject"),
            models.Index(fields=["name", "id"], name="fact_name"),
            models.Index(fields=["actor_user_id", "name", "id"], name="fact_person"),
            GinIndex(fields=["payload"], opclasses=["jsonb_path_ops"], name="fact_payload"),  # the log asks for one order, one listing
        ]
        triggers = protect()

    def __str__(self):
        return f"{FACTS[self.name].fact_label if self.name in FACTS else self.name} #{self.pk}"


class ChainHead(models.Model):
    """The last link of a chain; locked while a fact is linked, so that a chain has no forks."""

    chain = models.CharField(_("chain"), max_length=64, primary_key=True)
    seq = models.BigIntegerField(_("length"), default=0)
    hash = models.CharField(_("checksum"), max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("record chain")
        verbose_name_plural = _("record chains")

    def __str__(self):
        return f"{self._meta.verbose_name} {self.chain}"


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

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("fact"))
    handler = models.CharField(_("recipient"), max_length=120)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["fact", "handler"], name="delivery_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="delivery_due", condition=Q(done_at=None, dead_at=None))]

    def __str__(self):
        return f"{self._meta.verbose_name} #{self.pk}"
