from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Enterprise, User
from kernel.chains import enterprise_chain, person_chain
from kernel.machines import state_check, state_field

from ..states import REPORT
from .listings import Listing
from .wants import Want

ONE_THING = Q(want__isnull=False, listing__isnull=True) | Q(want__isnull=True, listing__isnull=False)
DECIDED = ["upheld", "dismissed"]


class ReportQuerySet(models.QuerySet):
    def own(self, actor):
        """What this person has reported."""
        return self.filter(user_id=actor.user_id or 0)


class Report(models.Model):
    """Somebody says that an offer or a request is wrong; customer service looks, and says what came of it (H52)."""

    MACHINE = REPORT
    KINDS = [
        ("false", _("False or exaggerated")),
        ("forbidden", _("May not be traded")),
        ("contact", _("Leads round the platform")),
        ("rights", _("Uses names or pictures of others")),
        ("other", _("Something else")),
    ]

    no = models.CharField(_("number"), max_length=16, unique=True)
    want = models.ForeignKey(Want, on_delete=models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("request"))
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("listing"))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("reported by"))
    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    kind = models.CharField(_("what is wrong"), max_length=16, choices=KINDS)
    text = models.TextField(_("what was seen"), max_length=1000)
    answer = models.TextField(_("what came of it"), blank=True)
    state = state_field(REPORT)
    created_at = models.DateTimeField(_("created at"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("offer or request", "report")
        verbose_name_plural = pgettext_lazy("offer or request", "reports")
        permissions = [("handle_report", _("Can handle reports about offers and requests"))]
        constraints = [
            state_check(REPORT, "report_state"),
            models.CheckConstraint(condition=ONE_THING, name="report_about_one_thing"),
            models.CheckConstraint(
                condition=~Q(state__in=DECIDED) | (Q(decided_at__isnull=False) & ~Q(answer="")), name="report_decided_says_why"
            ),
            models.UniqueConstraint(
                fields=["user", "want", "listing"], condition=Q(state="open"), name="one_open_report", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="reports_open", condition=Q(state="open")),
            models.Index(fields=["user", "-id"], name="reports_of_person"),
        ]

    def __str__(self):
        return self.no

    @property
    def about(self) -> Want | Listing:
        return self.want or self.listing

    @property
    def owner_id(self) -> int | None:
        """The enterprise whose offer or request it is; none for a request of a person."""
        return self.listing.seller_id if self.listing else self.want.enterprise_id

    @property
    def chains(self) -> list[str]:
        """Whose logs tell of it: the reporting side's only; whoever is reported never reads by whom."""
        own = person_chain(self.user_id)
        return [own, enterprise_chain(self.enterprise_id)] if self.enterprise_id else [own]
