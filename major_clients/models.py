from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.machines import state_check, state_field
from kernel.money import Money
from kernel.vault import SealedTextField

from .rules import CURRENCY, DEAL_CLASSES
from .states import APPLICATION


class ApplicationQuerySet(models.QuerySet):
    def own(self, actor):
        """The applications of the actor's enterprise; nobody else's exist for it (P11)."""
        return self.filter(enterprise_id=actor.enterprise_id or 0)

    def visible_to(self, actor):
        return self if actor.can_staff("major_clients.decide_application") else self.own(actor)


class ChannelApplication(models.Model):
    """An enterprise asks for the major-client channel; what it said is frozen with the rule that it met on that day (M01)."""

    MACHINE = APPLICATION

    no = models.CharField(_("number"), max_length=16, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    submitted_by_id = models.BigIntegerField()
    deal_class = models.CharField(_("kind of deal"), max_length=16, choices=DEAL_CLASSES)
    volume_minor = models.BigIntegerField()  # a year
    currency = models.CharField(max_length=3, default=CURRENCY)
    has_debt = models.BooleanField(_("debts to resolve"))
    unclear_regulation = models.BooleanField(_("unclear regulation"))
    description = SealedTextField(_("description"))
    rule = models.CharField(_("rule met"), max_length=32)
    minimum_minor = models.BigIntegerField()  # what the rule asked for on that day
    state = state_field(APPLICATION)
    submitted_at = models.DateTimeField(_("handed in"))
    decision_reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application to the major-client channel")
        verbose_name_plural = _("applications to the major-client channel")
        permissions = [("decide_application", _("Can decide on applications to the major-client channel"))]
        constraints = [
            state_check(APPLICATION, "application_state"),
            models.CheckConstraint(condition=Q(volume_minor__gte=models.F("minimum_minor")), name="application_meets_rule"),
            models.CheckConstraint(
                condition=Q(state="submitted") | (Q(decided_at__isnull=False) & ~Q(decision_reason="")), name="application_decided"
            ),
            models.UniqueConstraint(fields=["enterprise"], condition=~Q(state="declined"), name="one_application"),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"], name="application_queue")]

    def __str__(self):
        return self.no

    @property
    def volume(self) -> Money:
        return Money(self.volume_minor, self.currency)

    @property
    def minimum(self) -> Money:
        return Money(self.minimum_minor, self.currency)
