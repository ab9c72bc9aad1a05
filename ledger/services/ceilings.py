"""Highest balances and warnings: what would go beyond is refused before it is agreed, so that nothing on its way is ever lost (B04)."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.chains import enterprise_chain
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.services import hold_chains, record

from .. import growth
from ..facts import LimitNear
from ..limit_queries import standing_of
from ..models import LimitWarning


@transaction.atomic
def refuse_over_ceiling(enterprise_id: int, amount: Money) -> None:
    """Refuse barter credit that a wallet could not take in with all that is on its way to it, or may come back to it.

    Holds the enterprise's chain until the end of the transaction, so that of two trades at once the second counts the first.
    Raises Refusal ceiling_reached.
    """
    hold_chains([enterprise_chain(enterprise_id)])
    standing = standing_of(enterprise_id)
    if standing.full.minor + amount.minor > standing.ceiling.minor:
        text = _(
            "This trade would take the receiver's barter credit beyond the highest balance of its wallet, counting what is on its way. "
            "Nothing was confirmed; lower the credit part, or have the receiver spend credit first."
        )
        raise Refusal("ceiling_reached", text)


@transaction.atomic
def weigh_limits(enterprise_id: int, *, actor) -> list[LimitWarning]:
    """Warn of limits that a wallet has come near, once until it has gone away from them; returns the new warnings."""
    hold_chains([enterprise_chain(enterprise_id)])
    standing, percent, made = standing_of(enterprise_id), settings.LIMIT_WARNING_PERCENT, []
    for kind, used, limit in standing.uses:
        open_one = LimitWarning.objects.filter(enterprise_id=enterprise_id, kind=kind, ended_at=None)
        if not growth.near(used.minor, limit.minor, percent):
            open_one.update(ended_at=now())
        elif not open_one.exists():
            warning = LimitWarning.objects.create(enterprise_id=enterprise_id, kind=kind, since=now())
            news = LimitNear(warning_id=warning.pk, enterprise_id=enterprise_id, kind=kind, percent=percent)
            record(news, actor=actor, subject=warning, chains=[enterprise_chain(enterprise_id)])
            made.append(warning)
    return made
