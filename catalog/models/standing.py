from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.chains import enterprise_chain
from kernel.money import Money

CURRENCY = "USD"  # of guarantee lines (C02)


class SellerStanding(models.Model):
    """What the market may say of a seller: the guarantee behind it and its record; written by `set_standing` alone."""

    enterprise = models.OneToOneField(
        Enterprise, on_delete=models.PROTECT, primary_key=True, related_name="standing", verbose_name=_("enterprise")
    )
    guarantee_active = models.BooleanField(_("guarantee in force"), default=False)
    line_minor = models.BigIntegerField(_("guarantee line, US cents"), default=0)
    completed_orders = models.PositiveIntegerField(_("completed orders"), default=0)
    rating = models.DecimalField(_("rating"), max_digits=3, decimal_places=2, null=True, blank=True)  # 1 to 5
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("standing of a seller")
        verbose_name_plural = _("standings of sellers")
        constraints = [
            models.CheckConstraint(condition=Q(line_minor__gte=0), name="standing_line_not_negative"),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="standing_rating"),
        ]

    def __str__(self):
        return str(self.enterprise)

    @property
    def guaranteed(self) -> bool:
        """Whether the badge is shown: a guarantee in force with something left to guarantee (C05)."""
        return self.guarantee_active and self.line_minor > 0

    @property
    def line(self) -> Money:
        return Money(self.line_minor, CURRENCY)

    @property
    def chain(self) -> str:
        return enterprise_chain(self.enterprise_id)
