from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.machines import state_check, state_field

from ..states import WANT
from .categories import Category
from .units import UNITS


class WantQuerySet(models.QuerySet):
    def open(self):
        """What the public may see."""
        return self.filter(state="open").exclude(enterprise__state__in=("frozen", "closed", "rejected"))

    def own(self, actor):
        return self.filter(enterprise_id=actor.enterprise_id or 0)


class Want(models.Model):
    """What an enterprise looks for, and what it can give for it."""

    MACHINE = WANT

    no = models.CharField(_("number"), max_length=16, unique=True)
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="wanted", verbose_name=_("enterprise"))
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="wanted", verbose_name=_("category"))
    title = models.CharField(_("wanted goods"), max_length=120)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS)
    can_give = models.CharField(_("can give in exchange"), max_length=200, blank=True)
    state = state_field(WANT)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = WantQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            state_check(WANT, "want_state"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="want_positive"),
            models.CheckConstraint(condition=~Q(state="closed") | Q(closed_at__isnull=False), name="want_closed_has_time"),
        ]
        indexes = [
            models.Index(fields=["-id"], name="wants_open", condition=Q(state="open")),
            models.Index(fields=["category", "-id"], name="wants_open_in_category", condition=Q(state="open")),
        ]

    def __str__(self):
        return f"{self.no} {self.title}"
