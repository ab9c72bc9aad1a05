from django.db import models

from ..vault import SealedTextField


class PersonalValue(models.Model):
    """A value about a person that facts refer to by commitment, so that it can be erased and the chain still holds (decision 17)."""

    subject = models.CharField(max_length=64)  # person:17
    kind = models.CharField(max_length=24)  # ip, name, phone
    lookup = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    value = SealedTextField(blank=True)
    commitment = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "kind", "lookup"], name="personal_value_once")]

    def __str__(self):
        return f"{self.subject} {self.kind}"
