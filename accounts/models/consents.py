from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.append_only import protect

from .enterprises import Enterprise


class Consent(models.Model):
    """That a person agreed, separately from everything else, to what is done with sensitive data, and to which wording (PIPL art. 29).

    Never changed: who withdraws has the data erased or the account closed, and the row still says what was agreed when.
    """

    user_id = models.BigIntegerField(_("person"))
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="consents", verbose_name=_("enterprise"))
    kind = models.CharField(_("what for"), max_length=24)
    version = models.CharField(_("wording of"), max_length=12)
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.CheckConstraint(condition=~models.Q(kind="") & ~models.Q(version=""), name="consent_says_what")]
        indexes = [models.Index(fields=["enterprise", "-given_at"], name="consent_of_enterprise")]
        triggers = protect()

    def __str__(self):
        return f"{self.kind} {self.version}"
