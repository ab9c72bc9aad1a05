from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SynonymGroup(models.Model):
    """Words of the trade that mean the same, in whatever language: who asks for one is shown all."""

    terms = ArrayField(models.CharField(max_length=40), verbose_name=_("words"))
    keys = ArrayField(models.CharField(max_length=80), editable=False)  # of the terms, as questions are looked up

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(terms__len__gte=2), name="synonyms_are_two_or_more")]
        indexes = [GinIndex(fields=["keys"], name="synonym_keys")]

    def __str__(self):
        return " = ".join(self.terms)
