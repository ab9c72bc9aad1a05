from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.append_only import protect
from kernel.money import Money

PURPOSES = [
    ("wallet", _("barter credit wallet")),
    ("held", _("held amount")),
    ("payable", _("payable by the custodian")),
    ("fees", _("fees")),
    ("suspense", _("suspense receipts")),
    ("cash", _("cash at the custodian")),
]


class Account(models.Model):
    """One holder's money of one kind and currency.

    Tracked accounts (enterprises, holds) carry a locked balance and a floor; the platform's and the custodian's are append-only sums,
    so that no single row stands in the path of every order (PERFORMANCE §3.2). A balance moves only with a posting and a floor only
    with a limit change, both by triggers of migration 0004; nobody else can write them.
    """

    holder = models.CharField(_("holder"), max_length=40)  # enterprise:7, hold:12, platform, custodian
    purpose = models.CharField(_("purpose"), max_length=12, choices=PURPOSES)
    currency = models.CharField(_("currency"), max_length=3)
    tracked = models.BooleanField(_("tracked"))
    balance_minor = models.BigIntegerField(_("balance"), default=0)  # meaningless when not tracked: sum the postings
    floor_minor = models.BigIntegerField(_("lowest balance allowed"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = [("set_debit_limit", _("Can set the barter limit of an enterprise"))]
        constraints = [
            models.UniqueConstraint(fields=["holder", "purpose", "currency"], name="account_once"),
            models.CheckConstraint(
                condition=Q(tracked=False) | Q(floor_minor=None) | Q(balance_minor__gte=F("floor_minor")), name="account_floor"
            ),
            models.CheckConstraint(condition=Q(tracked=True) | Q(balance_minor=0, floor_minor=None), name="account_untracked_is_sum"),
            models.CheckConstraint(condition=Q(holder__regex=r"^(platform|custodian|[a-z_]+:[1-9][0-9]*)$"), name="account_holder"),
            models.CheckConstraint(condition=Q(purpose__in=[code for code, _label in PURPOSES]), name="account_purpose"),
        ]

    def __str__(self):
        return f"{getattr(self, 'holder_name', self.holder)} · {self.get_purpose_display()} {self.currency}"

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)

    @property
    def limit(self) -> Money:
        """How far the account may go below zero."""
        return Money(-(self.floor_minor or 0), self.currency)

    @property
    def enterprise_id(self) -> int | None:
        kind, _colon, number = self.holder.partition(":")
        return int(number) if kind == "enterprise" else None


class LimitChange(models.Model):
    """One decision on an enterprise's barter limit: by whom, when, why; the account keeps only the last one's effect.

    A raise is that of one approved proposal (trigger of migration 0010); only rows from before that are `by_one`.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="limit_changes", verbose_name=_("account"))
    before_minor = models.BigIntegerField(_("limit before"))
    after_minor = models.BigIntegerField(_("limit after"))
    reason = models.TextField(_("reason"))
    actor_user_id = models.BigIntegerField(pgettext_lazy("ledger", "person"), null=True, blank=True)
    at = models.DateTimeField(_("time"))
    proposal = models.OneToOneField(
        "ledger.LimitProposal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="change",
        verbose_name=_("proposal of a limit"),
    )
    by_one = models.BooleanField(_("decided by one person, before two were needed"), default=False, db_default=False)

    class Meta:
        verbose_name = _("limit change")
        verbose_name_plural = _("limit changes")
        constraints = [models.CheckConstraint(condition=~Q(reason="") & Q(after_minor__gte=0), name="limit_change_reasoned")]
        triggers = protect()

    def __str__(self):
        return f"{self.account_id}: {self.before_minor} -> {self.after_minor}"

    @property
    def before(self) -> Money:
        return Money(self.before_minor, self.account.currency)

    @property
    def after(self) -> Money:
        return Money(self.after_minor, self.account.currency)
