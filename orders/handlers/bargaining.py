"""What follows from negotiations and amendments: notices, limits given back, what is no longer asked."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.services import close_requests, give_back
from kernel.facts import on
from kernel.models import Fact
from kernel.timer import TIMER
from messaging.services import notify_enterprise

from .. import services
from ..facts import (
    AmendmentConfirmed,
    AmendmentEnded,
    AmendmentProposed,
    NegotiationEnded,
    OfferAccepted,
    OrderCancelled,
    OrderCompleted,
    QuotationAsked,
    RfqEnded,
    RoundMade,
)
from .telling import tell


@on(RoundMade, NegotiationEnded)
def count_offer_back(fact: Fact) -> None:
    """An offer that was answered by another, or ran out, no longer counts against the limits of whoever made it."""
    pk = fact.payload["replaced_id"] if "replaced_id" in fact.payload else fact.payload["round_id"]
    if pk:
        give_back(f"orders.round:{pk}", actor=TIMER)


@on(AmendmentEnded)
def count_change_back(fact: Fact) -> None:
    give_back(f"orders.amendment:{fact.payload['amendment_id']}", actor=TIMER)
    close_requests(f"orders.amendment:{fact.payload['amendment_id']}", actor=TIMER)


@on(AmendmentConfirmed)
def drop_requests_to_confirm_change(fact: Fact) -> None:
    close_requests(f"orders.amendment:{fact.payload['amendment_id']}", actor=TIMER)


@on(OrderCancelled, OrderCompleted)
def drop_open_change(fact: Fact) -> None:
    services.lapse_amendments(fact.payload["order_id"])


def _tell_thread(fact: Fact, enterprise_id: int, msgid: str) -> None:
    no = fact.payload["no"]
    notify_enterprise(enterprise_id, msgid=msgid, params={"no": no}, url=reverse("orders:negotiation", args=[no]), fact=fact, box="trade")


@on(QuotationAsked)
def tell_seller_of_request(fact: Fact) -> None:
    _tell_thread(fact, fact.payload["seller_id"], gettext_noop("You are asked for a quotation: %(no)s. Read what is needed and quote."))


@on(RoundMade)
def tell_of_offer(fact: Fact) -> None:
    if fact.payload["number"] == 1:
        _tell_thread(fact, fact.payload["to_id"], gettext_noop("A quotation has come: %(no)s."))
    else:
        _tell_thread(fact, fact.payload["to_id"], gettext_noop("A counter-offer has come: %(no)s. What changed is marked."))


@on(OfferAccepted)
def tell_of_acceptance(fact: Fact) -> None:
    no = fact.payload["order_no"]
    text = gettext_noop("Your offer was accepted. It is proposal %(no)s now; the other party still confirms it.")
    notify_enterprise(fact.payload["to_id"], msgid=text, params={"no": no}, url=reverse("orders:detail", args=[no]), fact=fact, box="trade")


ENDINGS = {
    "decline": gettext_noop("Negotiation %(no)s was declined by the other side."),
    "withdraw": gettext_noop("Negotiation %(no)s: the other side has taken its request or offer back."),
    "expire": gettext_noop("Negotiation %(no)s has ended: its time ran out."),
    "pass_over": gettext_noop("Negotiation %(no)s: your offer was not chosen."),
}


@on(NegotiationEnded)
def tell_of_end(fact: Fact) -> None:
    """To the side that did not end it; a clock tells both; of a choice only those who were not chosen hear."""
    told = fact.payload
    parties = {told["buyer_id"], told["seller_id"]} - {told["by_id"]}
    for party in sorted({told["seller_id"]} if told["move"] == "pass_over" else parties):
        _tell_thread(fact, party, ENDINGS[told["move"]])


@on(RfqEnded)
def tell_buyer_of_empty_request(fact: Fact) -> None:
    if fact.payload["move"] == "lapse":
        no = fact.payload["no"]
        text = gettext_noop("Your request for quotation %(no)s has ended without a quotation chosen. You can send it again.")
        notify_enterprise(
            fact.payload["buyer_id"], msgid=text, params={"no": no}, url=reverse("orders:rfq", args=[no]), fact=fact, box="trade"
        )


@on(AmendmentProposed)
def tell_of_amendment(fact: Fact) -> None:
    tell(fact, fact.payload["to_id"], gettext_noop("Changed terms were proposed for order %(no)s. Nothing changes until you confirm."))


@on(AmendmentConfirmed)
def tell_of_new_version(fact: Fact) -> None:
    tell(fact, fact.payload["to_id"], gettext_noop("The changed terms of order %(no)s were confirmed and are in force."))


@on(AmendmentEnded)
def tell_of_dropped_amendment(fact: Fact) -> None:
    tell(fact, fact.payload["to_id"], gettext_noop("The change of order %(no)s did not come into force; the terms stay as they are."))
