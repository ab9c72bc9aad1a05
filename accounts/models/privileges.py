from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.clock import now

from .enterprises import Enterprise

VIP = "vip"


class PrivilegeQuerySet(models.QuerySet):
    def in_force(self):
        """What holds at this moment: begun, not ended and not run out; by the clock, not by a job."""
        moment = now()
        return self.filter(Q(until=None) | Q(until__gt=moment), ended_at=None, since__lte=moment)


class Privilege(models.Model):
    """What an enterprise has beyond others for a time: VIP opens ad places, reservations and the green channel (H59)."""

    KINDS = [(VIP, _("VIP"))]

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="privileges", verbose_name=_("enterprise"))
    kind = models.CharField(_("privilege"), max_length=16, choices=KINDS, default=VIP)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)  # none: until it is ended
    granted_by_id = models.BigIntegerField(_("granted by"), null=True, blank=True)  # none: by a rule, not by a person
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by_id = models.BigIntegerField(null=True, blank=True)
    end_reason = models.CharField(_("reason for the end"), max_length=200, blank=True)

    objects = PrivilegeQuerySet.as_manager()

    class Meta:
        verbose_name = _("privilege")
        verbose_name_plural = _("privileges")
        permissions = [("grant_privilege", _("Can grant and end privileges"))]
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "kind"], condition=Q(ended_at=None), name="one_open_privilege"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("since")), name="privilege_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(reason=""), name="privilege_has_reason"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.enterprise_id}"

    @property
    def chain(self) -> str:
        return enterprise_chain(self.enterprise_id)
