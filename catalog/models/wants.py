from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise, User
from kernel.chains import enterprise_chain, person_chain
from kernel.machines import state_check, state_field
from kernel.money import Money

from ..states import WANT
from .categories import Category
from .listings import Listing
from .terms import CURRENCIES, english
from .units import UNIT_NAMES, UNITS

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
    description_zh = models.TextField(_("description in Chinese"), max_length=2000, blank=True)
    description_en = models.TextField(_("description in English"), max_length=2000, blank=True)
    attributes = models.JSONField(_("properties"), default=dict, blank=True)  # {"grammage": "70 g"}, as typed
    value_min_minor = models.BigIntegerField(_("value from, minor units"), null=True, blank=True)
    value_max_minor = models.BigIntegerField(_("value up to, minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=CURRENCIES, default="CNY")
    places = ArrayField(models.CharField(max_length=40), verbose_name=_("places of delivery"), default=list, blank=True)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    give_categories = ArrayField(models.CharField(max_length=8), verbose_name=_("categories that can be given"), default=list, blank=True)
    give_listings = models.ManyToManyField(Listing, verbose_name=_("own goods that can be given"), blank=True, related_name="+")
    gives_credit = models.BooleanField(_("can give barter credit"), default=False)
    gives_cash = models.BooleanField(_("can give cash"), default=False)
    hidden_reason = models.TextField(_("reason for taking it down"), blank=True)
    state = state_field(WANT)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("shown until"), null=True, blank=True)  # as its deadline says
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = WantQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        permissions = [("hide_want", _("Can take requests down"))]
        constraints = [
            state_check(WANT, "want_state"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="want_positive"),
            models.CheckConstraint(condition=ONE_OWNER, name="want_has_one_owner"),
            models.CheckConstraint(condition=~Q(state="closed") | Q(closed_at__isnull=False), name="want_closed_has_time"),
            models.CheckConstraint(condition=~Q(state="hidden") | ~Q(hidden_reason=""), name="want_hidden_has_reason"),
            models.CheckConstraint(
                condition=Q(value_min_minor=None) | Q(value_max_minor=None) | Q(value_max_minor__gte=F("value_min_minor")),
                name="want_values_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="wants_open", condition=Q(state="open")),
            models.Index(fields=["category", "-id"], name="wants_open_in_category", condition=Q(state="open")),
            GinIndex(fields=["places"], name="wants_places", condition=Q(state="open")),
            GinIndex(fields=["give_categories"], name="wants_give_categories", condition=Q(state="open")),
            models.Index(fields=["enterprise", "state"], name="wants_of_enterprise"),
            models.Index(fields=["person", "state"], name="wants_of_person"),
        ]

    def __str__(self):
        return f"{self.no} {self.title}"

    @property
    def chain(self) -> str:
        return enterprise_chain(self.enterprise_id) if self.enterprise_id else person_chain(self.person_id)

    def get_unit_display(self) -> str:
        """The unit in the reader's language; Django's own would translate every unit to find one."""
        return str(UNIT_NAMES.get(self.unit, self.unit))

    @property
    def description(self) -> str:
        first, second = (self.description_en, self.description_zh) if english() else (self.description_zh, self.description_en)
        return first or second

    @property
    def value_min(self) -> Money | None:
        return None if self.value_min_minor is None else Money(self.value_min_minor, self.currency)

    @property
    def value_max(self) -> Money | None:
        return None if self.value_max_minor is None else Money(self.value_max_minor, self.currency)
