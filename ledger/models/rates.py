import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.append_only import protect
from kernel.machines import state_check, state_field
from kernel.money import CREDIT, EXPONENTS

from ..states import RATE_SHEET

FOREIGN = [(code, code) for code in EXPONENTS if code not in ("CNY", CREDIT)]


class RateSheet(models.Model):
    """The exchange rates of one day from one source: typed in by one member of staff, in force when a second one has compared them."""

    MACHINE = RATE_SHEET

    source = models.CharField(_("source"), max_length=80)
    as_of = models.DateField(_("rates of the day"))
    state = state_field(RATE_SHEET)
    entered_by_id = models.BigIntegerField(_("typed in by"))
    entered_at = models.DateTimeField(_("entered at"))
    decided_by_id = models.BigIntegerField(pgettext_lazy("ledger", "decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(pgettext_lazy("rates", "decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sheet of exchange rates")
        verbose_name_plural = _("exchange rates")
        permissions = [("enter_rates", _("Can enter exchange rates")), ("approve_rates", _("Can put exchange rates in force"))]
        constraints = [
            state_check(RATE_SHEET, "rate_sheet_state"),
            models.CheckConstraint(condition=~Q(source=""), name="rate_sheet_has_source"),
            models.CheckConstraint(
                condition=Q(state="entered", decided_by_id=None, decided_at=None)
                | (~Q(state="entered") & Q(decided_by_id__isnull=False, decided_at__isnull=False)),
                name="rate_sheet_decided",
            ),
            models.CheckConstraint(condition=~Q(state="in_force") | ~Q(decided_by_id=F("entered_by_id")), name="rate_sheet_four_eyes"),
        ]
        triggers = [pgtrigger.ReadOnly(name="rate_sheet_stays", fields=["source", "as_of", "entered_by_id", "entered_at"])]

    def __str__(self):
        return f"{self.source} {self.as_of:%Y-%m-%d}"


class ExchangeRate(models.Model):
    """What `units` of a currency cost in yuan, as the source prints it: 100 JPY = 4.6012 CNY."""

    sheet = models.ForeignKey(RateSheet, on_delete=models.PROTECT, related_name="rates", verbose_name=_("sheet of exchange rates"))
    currency = models.CharField(_("currency"), max_length=3, choices=FOREIGN)
    units = models.PositiveSmallIntegerField(_("units"), default=1)
    cny = models.DecimalField(_("in yuan"), max_digits=14, decimal_places=6)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "currency"], name="rate_once_a_sheet"),
            models.CheckConstraint(condition=Q(units__in=[1, 100]) & Q(cny__gt=0), name="rate_positive"),
        ]
        triggers = protect()

    def __str__(self):
        return f"{self.units} {self.currency} = {self.cny.normalize():f} CNY"
