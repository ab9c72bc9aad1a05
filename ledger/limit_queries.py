"""Reading limits: where a wallet stands between its limit and its highest balance, why, and what its sales would give it (B04)."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, Sum

from accounts.actors import Actor, require
from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.templatetags.ui import plain_money

from .growth import SPENDING_DAYS, Growth, near
from .models import Account, Hold, LimitChange, LimitProposal, Posting
from .permissions import SEE_MONEY
from .queries import LEFT, Figures, figures_of
from .rules import KIND_LABELS


@dataclass(frozen=True)
class Standing:
    """A wallet between its two limits; `full` is what it holds when all on its way, and all that may come back, has come."""

    figures: Figures
    ceiling: Money
    spent: Money  # in the last days, of a wallet without a limit

    @property
    def full(self) -> Money:
        return self.figures.balance + self.figures.paid[CREDIT] + self.figures.coming[CREDIT]

    @property
    def free(self) -> Money:
        return self.figures.balance + self.figures.limit

    @property
    def owed(self) -> Money:
        return Money(max(0, -self.figures.balance.minor), CREDIT)

    @property
    def room(self) -> Money:
        return Money(max(0, self.ceiling.minor - self.full.minor), CREDIT)

    @property
    def uses(self) -> list[tuple[str, Money, Money]]:
        """(kind, used, whole): without a limit, what was spent of late is the whole and what is free of it is unused."""
        gone = Money(max(0, self.spent.minor - self.free.minor), CREDIT)
        return [("debit", self.owed, self.figures.limit), ("free", gone, self.spent), ("ceiling", self.full, self.ceiling)]

    @property
    def warnings(self) -> list[str]:
        return [kind for kind, used, limit in self.uses if near(used.minor, limit.minor, settings.LIMIT_WARNING_PERCENT)]


def ceiling_of(enterprise_id: int) -> Money:
    """The highest balance of a wallet: the newest one decided for it, or the setting's."""
    rows = LimitProposal.objects.filter(enterprise_id=enterprise_id, kind="ceiling", state="in_force").order_by("-decided_at", "-pk")
    minor = rows.values_list("amount_minor", flat=True).first()
    return Money(settings.WALLET_CEILING * 100 if minor is None else minor, CREDIT)


def standing_of(enterprise_id: int) -> Standing:
    """Where a wallet stands, in two queries, or three when it has no limit."""
    figures = figures_of(enterprise_id, [CREDIT])
    return Standing(figures, ceiling_of(enterprise_id), Money.zero(CREDIT) if figures.limit else spent_of(enterprise_id))


def spent_of(enterprise_id: int) -> Money:
    """What an enterprise set aside in barter credit in the last days and did not get back."""
    mine = Hold.objects.filter(payer=enterprise_id, currency=CREDIT, created_at__gte=now() - timedelta(days=SPENDING_DAYS))
    return Money(int(mine.exclude(state="refunded").aggregate(total=Sum(LEFT))["total"] or 0), CREDIT)


def growth_of(enterprise_id: int) -> Growth:
    """What the rule of growth says: sales released in the last 12 months in yuan and credit, as they arrived.

    Fees and part refunds never arrived, so they are no sales; what corrections and compensations took back is taken off.
    """
    mine = Posting.objects.filter(
        account__holder=enterprise_chain(enterprise_id), currency__in=[CREDIT, "CNY"], entry__at__gte=now() - timedelta(days=365)
    )
    sums = mine.aggregate(
        sold=Sum("minor", filter=Q(entry__kind="release", minor__gt=0)),
        back=Sum("minor", filter=Q(entry__kind__in=["correction", "compensation"], minor__lt=0)),
    )
    return Growth(int(sums["sold"] or 0), -int(sums["back"] or 0), settings.LIMIT_GROWTH_PERCENT, settings.LIMIT_GROWTH_CAP * 100)


def figures_printed(basis: dict[str, int]) -> dict[str, str]:
    """The inputs of the rule as people read them."""
    return {name: str(value) if name == "percent" else plain_money(Money(value, CREDIT)) for name, value in basis.items()}


def wallet_page(actor: Actor) -> dict:
    """Everything of an enterprise's own wallet page."""
    require(actor, SEE_MONEY)
    pk = actor.party_id
    wallet = Account.objects.filter(holder=enterprise_chain(pk), purpose="wallet", currency=CREDIT).first()
    lines = Posting.objects.filter(account=wallet).select_related("entry").order_by("-id")[:30] if wallet else []
    change = LimitChange.objects.filter(account=wallet).order_by("-id").first() if wallet else None
    decided = LimitProposal.objects.filter(enterprise_id=pk, state="in_force").order_by("kind", "-decided_at", "-pk").distinct("kind")
    why = {row.kind: row for row in decided}
    return {
        "standing": standing_of(pk), "growth": figures_printed(growth_of(pk).printed()), "change": change, "why": why,
        "lines": [(KIND_LABELS.get(row.entry.kind, row.entry.kind), row) for row in lines],
        "percent": settings.LIMIT_WARNING_PERCENT, "rest": 100 - settings.LIMIT_WARNING_PERCENT, "days": SPENDING_DAYS,
        "waiting": LimitProposal.objects.filter(enterprise_id=pk, state="proposed").exists(),
    }  # fmt: skip
