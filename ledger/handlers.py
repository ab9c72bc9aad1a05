"""What follows from money that moved and limits that changed: warnings, and what the rule of growth proposes."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from kernel.chains import enterprise_chain
from kernel.facts import on
from kernel.models import Fact
from kernel.timer import TIMER
from messaging.services import notify_enterprise, notify_staff

from . import services
from .facts import (
    DebitLimitSet,
    FundsHeld,
    FundsPartRefunded,
    FundsRefunded,
    FundsReleased,
    LimitBacked,
    LimitDecided,
    LimitNear,
    LimitProposed,
)
from .growth import SPENDING_DAYS
from .permissions import SET_DEBIT_LIMIT

NEAR = {
    "debit": gettext_noop("%(percent)s%% of your barter limit is used. When all of it is, nothing more can be bought on credit."),
    "ceiling": gettext_noop(
        "Your wallet is filled to %(percent)s%% of its highest balance. When it is full, no trade that brings barter credit "
        "can be confirmed."
    ),
    "free": gettext_noop(
        "Your wallet is almost empty: at most %(rest)s%% of what you spent in barter credit in the last %(days)s days is left, and "
        "you have no barter limit."
    ),
}


@on(FundsHeld, FundsReleased, FundsRefunded, FundsPartRefunded)
def weigh_both(fact: Fact) -> None:
    for enterprise_id in sorted((fact.payload["payer_id"], fact.payload["payee_id"]), key=enterprise_chain):  # as chains are held
        services.weigh_limits(enterprise_id, actor=TIMER)


@on(DebitLimitSet, LimitDecided)
def weigh_new_limit(fact: Fact) -> None:
    services.weigh_limits(fact.payload["enterprise_id"], actor=TIMER)


@on(FundsReleased)
def propose_by_sales(fact: Fact) -> None:
    services.propose_growth(fact.payload["payee_id"], actor=TIMER)


@on(LimitNear)
def tell_near(fact: Fact) -> None:
    """Once a crossing: the fact is recorded once, and a notice is made once of it."""
    percent, text = fact.payload["percent"], NEAR[fact.payload["kind"]]
    params = {"rest": 100 - percent, "days": SPENDING_DAYS} if fact.payload["kind"] == "free" else {"percent": percent}
    notify_enterprise(fact.payload["enterprise_id"], msgid=text, params=params, url=reverse("ledger:wallet"), fact=fact, box="finance")


@on(LimitProposed, LimitBacked)
def tell_finance(fact: Fact) -> None:
    url = reverse("admin:ledger_limitproposal_change", args=[fact.payload["proposal_id"]])
    notify_staff(SET_DEBIT_LIMIT, msgid=gettext_noop("A limit of a wallet waits for a decision."), params={}, url=url, fact=fact)


@on(LimitDecided)
def tell_enterprise(fact: Fact) -> None:
    if fact.payload["move"] == "approve":
        text = gettext_noop("The limits of your wallet were changed. Your wallet says why.")
        notify_enterprise(fact.payload["enterprise_id"], msgid=text, params={}, url=reverse("ledger:wallet"), fact=fact, box="finance")
