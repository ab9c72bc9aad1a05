from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise
from kernel.machines import state_check, state_field
from kernel.vault import SealedTextField
from orders.models import Order

from .rules import CLASSES, RESPONSIBLE
from .states import COMPLAINT, COMPLAINT_OPEN


class ComplaintQuerySet(models.QuerySet):
    def of_party(self, enterprise_id: int | None):
        """The complaints an enterprise opened or is told of; nobody else's exist for it (P11)."""
        return self.filter(Q(opened_by_id=enterprise_id or 0) | Q(other_id=enterprise_id or 0))

    def own(self, actor):
        """The complaints of the actor's enterprise; about granted orders only for somebody who is narrowed to them (H16)."""
        rows = self.of_party(actor.enterprise_id)
        narrowed = actor.only_granted_orders and not actor.is_main
        return rows.filter(order__in=Order.objects.own(actor).values("pk")) if narrowed else rows

    def visible_to(self, actor):
        return self if actor.can_staff("disputes.handle_complaint") else self.own(actor)


class Complaint(models.Model):
    """One party of an order says what went wrong; staff take it up within the hour and close it with an outcome (H37-H40).

    Both parties read the same page. Words are sealed at rest: people write names into them.
    """

    MACHINE = COMPLAINT

    no = models.CharField(_("number"), max_length=16, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("order"))
    opened_by = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("opened by"))
    other = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="+", verbose_name=_("other party"))
    opened_by_user_id = models.BigIntegerField()
    claimed_class = models.CharField(_("what it is about, as told"), max_length=12, choices=CLASSES)
    complaint_class = models.CharField(_("class"), max_length=12, choices=CLASSES, blank=True)  # the desk's own, with the acknowledgement
    statement = SealedTextField(pgettext_lazy("complaint", "what happened"))
    state = state_field(COMPLAINT)
    opened_at = models.DateTimeField(_("opened"))
    late_at = models.DateTimeField(null=True, blank=True)  # the hour passed without anybody taking it up
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by_id = models.BigIntegerField(null=True, blank=True)
    responsible = models.CharField(_("responsible"), max_length=12, choices=RESPONSIBLE, blank=True)
    outcome = SealedTextField(_("outcome"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_id = models.BigIntegerField(null=True, blank=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        permissions = [("handle_complaint", _("Can take up and close complaints"))]
        constraints = [
            state_check(COMPLAINT, "complaint_state"),
            models.CheckConstraint(condition=~Q(opened_by=F("other")), name="complaint_two_parties"),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(acknowledged_at__isnull=False) & ~Q(complaint_class="")), name="complaint_acknowledged"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(outcome="") & ~Q(responsible="")), name="complaint_closed"
            ),
            models.UniqueConstraint(fields=["order", "opened_by"], condition=Q(state__in=COMPLAINT_OPEN), name="one_open_complaint"),
        ]
        indexes = [
            models.Index(fields=["opened_by", "-id"], name="complaint_by_opener"),
            models.Index(fields=["other", "-id"], name="complaint_by_other"),
            models.Index(fields=["state", "opened_at"], name="complaint_queue"),
        ]

    def __str__(self):
        return self.no

    @property
    def parties(self) -> tuple[int, int]:
        return (self.opened_by_id, self.other_id)
