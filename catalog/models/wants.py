from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise, User
from kernel.chains import enterprise_chain, person_chain
from kernel.machines import state_check, state_field

from ..states import WANT
from .categories import Category
from .units import UNITS

ONE_OWNER = Q(enterprise__isnull=False, person__isnull=True) | Q(enterprise__isnull=True, person__isnull=False)


class WantQuerySet(models.QuerySet):
    def open(self):
        """What the public may see."""
        return self.filter(state="open").exclude(enterprise__state__in=("frozen", "closed", "rejected"))

    def own(self, actor):
        """The enterprise's that is acted for, and those the person posted before or beside it."""
        return self.filter(Q(enterprise_id=actor.enterprise_id or 0) | Q(person_id=actor.user_id or 0))


class Want(models.Model):
    """What an enterprise, or a person who acts for none, looks for, and what they can give for it."""

    MACHINE = WANT

    no = models.CharField(_("number"), max_length=16, unique=True)
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="wanted", verbose_name=_("enterprise")
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("individual member"))
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
            models.CheckConstraint(condition=ONE_OWNER, name="want_has_one_owner"),
            models.CheckConstraint(condition=~Q(state="closed") | Q(closed_at__isnull=False), name="want_closed_has_time"),
        ]
        indexes = [
            models.Index(fields=["-id"], name="wants_open", condition=Q(state="open")),
            models.Index(fields=["category", "-id"], name="wants_open_in_category", condition=Q(state="open")),
        ]

    def __str__(self):
        return f"{self.no} {self.title}"

    @property
    def chain(self) -> str:
        return enterprise_chain(self.enterprise_id) if self.enterprise_id else person_chain(self.person_id)
