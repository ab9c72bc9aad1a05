import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import state_check, state_field
from kernel.money import CREDIT, Money

from ..states import LIMIT_PROPOSAL

KINDS = [("debit", _("barter limit")), ("ceiling", _("highest balance"))]
NEAR = [*KINDS, ("free", _("free balance"))]  # of a wallet without a limit


class LimitProposal(models.Model):
    """A limit of an enterprise's wallet that somebody, or the rule of growth, asks for; the newest one in force of a kind is its reason.

    Raising takes two people: one proposes and another decides; what the rule proposes, one backs and another decides. Lowering takes one.
    """

    MACHINE = LIMIT_PROPOSAL

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    before_minor = models.BigIntegerField(_("limit before"))
    amount_minor = models.BigIntegerField(_("limit after"))
    reason = models.TextField(_("reason"))
    basis = models.JSONField(_("figures of the rule"), default=dict, blank=True)  # minor units and percent, as rules.growth printed them
    state = state_field(LIMIT_PROPOSAL)
    proposed_by_id = models.BigIntegerField(_("proposed by"), null=True, blank=True)  # nobody: the rule of growth
    proposed_at = models.DateTimeField(_("proposed at"))
    backed_by_id = models.BigIntegerField(pgettext_lazy("ledger", "backed by"), null=True, blank=True)  # the first of two for the rule
    backed_at = models.DateTimeField(_("backed at"), null=True, blank=True)
    decided_by_id = models.BigIntegerField(pgettext_lazy("ledger", "decided by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposal of a limit")
        verbose_name_plural = _("proposals of limits")
        constraints = [
            state_check(LIMIT_PROPOSAL, "limit_proposal_state"),
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _label in KINDS]), name="limit_proposal_kind"),
            models.CheckConstraint(condition=~Q(reason="") & Q(amount_minor__gte=0), name="limit_proposal_reasoned"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by_id=None, decided_at=None)
                | (~Q(state="proposed") & Q(decided_by_id__isnull=False, decided_at__isnull=False)),
                name="limit_proposal_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(amount_minor__lte=F("before_minor"))
                | (Q(proposed_by_id__isnull=False) & ~Q(decided_by_id=F("proposed_by_id")))
                | (Q(proposed_by_id=None, backed_by_id__isnull=False) & ~Q(decided_by_id=F("backed_by_id"))),
                name="limit_proposal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(backed_by_id=None, backed_at=None)
                | Q(proposed_by_id=None, backed_by_id__isnull=False, backed_at__isnull=False),
                name="limit_proposal_backed",
            ),
            models.CheckConstraint(condition=Q(proposed_by_id__isnull=False) | ~Q(basis={}), name="limit_proposal_rule_printed"),
            models.UniqueConstraint(fields=["enterprise", "kind"], condition=Q(state="proposed"), name="limit_proposal_once"),
        ]  # fmt: skip
        triggers = [
            pgtrigger.ReadOnly(
                name="limit_proposal_stays",
                fields=["enterprise", "kind", "before_minor", "amount_minor", "reason", "basis", "proposed_by_id", "proposed_at"],
            ),
            pgtrigger.Protect(name="limit_proposal_begins", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__state="proposed")),
            pgtrigger.Protect(
                name="limit_proposal_backed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__backed_by_id__isnull=False)
                & (
                    pgtrigger.Q(old__backed_by_id__df=pgtrigger.F("new__backed_by_id"))
                    | pgtrigger.Q(old__backed_at__df=pgtrigger.F("new__backed_at"))
                ),
            ),
            pgtrigger.Protect(name="limit_proposal_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="limit_proposal_final", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state="proposed")),
        ]

    def __str__(self):
        return f"{self.enterprise} · {self.get_kind_display()}"

    @property
    def wants_backer(self) -> bool:
        """Whether the rule proposed it and nobody has backed it yet."""
        return self.state == "proposed" and self.proposed_by_id is None and self.backed_by_id is None

    @property
    def before(self) -> Money:
        return Money(self.before_minor, CREDIT)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, CREDIT)


class LimitWarning(models.Model):
    """A wallet that has come near a limit, told once until it has gone away from it."""

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name=_("enterprise"))
    kind = models.CharField(_("kind"), max_length=8, choices=NEAR)
    since = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("warning of a limit")
        verbose_name_plural = _("warnings of limits")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "kind"], condition=Q(ended_at=None), name="limit_warning_once"),
        ]

    def __str__(self):
        return f"{self.enterprise_id} {self.kind}"
