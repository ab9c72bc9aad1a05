"""What follows from facts: papers, notices, and the acts that clocks and the custodian call for."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseFrozen, EnterpriseUnfrozen
from accounts.services import close_requests, give_back
from credit_guarantee.facts import EscrowFunded
from kernel.facts import DeadlinePassed, on
from kernel.models import Fact
from kernel.timer import CUSTODIAN, TIMER
from messaging.services import notify_enterprise, notify_staff

from . import queries, services
from .facts import (
    AmendmentConfirmed,
    AmendmentEnded,
    AmendmentProposed,
    ConsignmentAccepted,
    ConsignmentShipped,
    GoodsTold,
    MessageWritten,
    NegotiationEnded,
    OfferAccepted,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderFunded,
    OrderProposed,
    ProposalCountered,
    ProposalEnded,
    QuotationAsked,
    RefundAnswered,
    RefundRequested,
    RefundUnanswered,
    RfqEnded,
    RoundMade,
    ShippingLate,
)


def _tell(fact: Fact, enterprise_id: int, msgid: str, box: str = "trade") -> None:
    no = fact.payload["no"]
    notify_enterprise(enterprise_id, msgid=msgid, params={"no": no}, url=reverse("orders:detail", args=[no]), fact=fact, box=box)


def _tell_staff(fact: Fact, msgid: str) -> None:
    url = reverse("admin:orders_order_change", args=[fact.payload["order_id"]])
    notify_staff("orders.view_order", msgid=msgid, params={"no": fact.payload["no"]}, url=url, fact=fact)


def _tell_both(fact: Fact, msgid: str) -> None:
    for party in (fact.payload["proposer_id"], fact.payload["responder_id"]):
        _tell(fact, party, msgid)


@on(OrderProposed)
def tell_responder(fact: Fact) -> None:
    _tell(fact, fact.payload["responder_id"], gettext_noop("A trade was proposed to you: order %(no)s. Read the terms and answer."))


@on(OrderConfirmed)
def tell_proposer_of_confirmation(fact: Fact) -> None:
    _tell(fact, fact.payload["proposer_id"], gettext_noop("Your proposal %(no)s was confirmed."))


@on(OrderConfirmed)
def make_paper(fact: Fact) -> None:
    services.make_confirmation(fact.payload["order_id"])


@on(OrderConfirmed)
def put_down_to_campaign(fact: Fact) -> None:
    services.put_down_to_campaign(fact.payload["order_id"])


@on(ProposalEnded)
def tell_proposal_ended(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("The proposal %(no)s ended without a trade."))


@on(OrderFunded)
def tell_ready_to_ship(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Everything owed under order %(no)s is held. Goods can be shipped."))


@on(ConsignmentShipped)
def tell_receiver(fact: Fact) -> None:
    _tell(fact, fact.payload["receiver_id"], gettext_noop("Goods of order %(no)s are on their way to you."))


@on(ConsignmentAccepted)
def tell_giver(fact: Fact) -> None:
    _tell(fact, fact.payload["giver_id"], gettext_noop("Your goods under order %(no)s were accepted."))


@on(OrderCompleted)
def tell_completed(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Order %(no)s is complete; what was held has been paid out."))


@on(RefundRequested)
def tell_other_party_of_refund(fact: Fact) -> None:
    _tell(fact, fact.payload["other_id"], gettext_noop("A refund was asked for on order %(no)s."))


@on(GoodsTold)
def tell_other_party_of_goods(fact: Fact) -> None:
    _tell(fact, fact.payload["other_id"], gettext_noop("Order %(no)s: the other party has said what became of the goods it sent."))


@on(RefundAnswered)
def tell_both_of_answer(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        _tell(fact, party, gettext_noop("The refund request on order %(no)s was answered."))


@on(ShippingLate)
def tell_both_of_late_shipping(fact: Fact) -> None:
    _tell_both(
        fact, gettext_noop("Goods of order %(no)s were not shipped in time. Agree on a new date, ask for a refund or open a complaint.")
    )
    _tell_staff(fact, gettext_noop("Order %(no)s: goods were not shipped in time."))


@on(RefundUnanswered)
def tell_staff_of_silence(fact: Fact) -> None:
    _tell_staff(fact, gettext_noop("Order %(no)s: a refund request was not answered in time."))


@on(RefundUnanswered)
def tell_both_of_silence(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        _tell(fact, party, gettext_noop("The refund request on order %(no)s was not answered in time; customer service has been told."))


@on(OrderCancelled)
def tell_cancelled(fact: Fact) -> None:
    _tell_both(fact, gettext_noop("Order %(no)s was cancelled; money and stock went back as they came."))


@on(ProposalEnded, ProposalCountered, OrderCancelled)
def count_back(fact: Fact) -> None:
    """A trade that came to nothing no longer counts against anybody's limit, and nobody needs leave for it any more."""
    for subject in (f"orders.order:{fact.payload['order_id']}", *queries.counted_with(fact.payload["order_id"])):
        give_back(subject, actor=TIMER)
        close_requests(subject, actor=TIMER)


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
    _tell(fact, fact.payload["to_id"], gettext_noop("Changed terms were proposed for order %(no)s. Nothing changes until you confirm."))


@on(AmendmentConfirmed)
def tell_of_new_version(fact: Fact) -> None:
    _tell(fact, fact.payload["to_id"], gettext_noop("The changed terms of order %(no)s were confirmed and are in force."))


@on(AmendmentEnded)
def tell_of_dropped_amendment(fact: Fact) -> None:
    _tell(fact, fact.payload["to_id"], gettext_noop("The change of order %(no)s did not come into force; the terms stay as they are."))


@on(OrderConfirmed)
def drop_requests_to_confirm(fact: Fact) -> None:
    close_requests(f"orders.order:{fact.payload['order_id']}", actor=TIMER)


@on(RefundAnswered)
def drop_requests_to_refund(fact: Fact) -> None:
    close_requests(f"orders.refund:{fact.payload['refund_id']}", actor=TIMER)


@on(MessageWritten)
def tell_of_message(fact: Fact) -> None:
    _tell(fact, fact.payload["to_id"], gettext_noop("A message was written on order %(no)s."), box="messages")


@on(EscrowFunded)
def fund(fact: Fact) -> None:
    if fact.payload["ref_type"] == "orders.order":
        services.fund_order(int(fact.payload["ref_id"]), escrow_id=fact.payload["escrow_id"], actor=CUSTODIAN)


@on(DeadlinePassed)
def act_on_the_clock(fact: Fact) -> None:
    subject = int(fact.payload["subject_id"]) if fact.payload["subject_id"].isdigit() else 0
    acts = {
        "orders.answer": lambda: services.lapse_order(subject),
        "orders.pay": lambda: services.cancel_unpaid(subject, reason=gettext_noop("not paid in time")),
        "orders.inspect": lambda: services.accept_unanswered(subject),
        "orders.receive": lambda: services.accept_unanswered(subject),
        "orders.ship": lambda: services.note_late_shipping(subject),
        "orders.answer_refund": lambda: services.settle_unanswered(subject),
        "orders.rfq": lambda: services.close_answers(subject),
        "orders.quotation": lambda: services.expire_offer(subject),
        "orders.amendment": lambda: services.lapse_amendments(queries.order_of_amendment(subject), subject),
    }
    if act := acts.get(fact.payload["policy"]):
        act()


@on(EnterpriseFrozen)
def stop_clocks(fact: Fact) -> None:
    services.stop_clocks_for(fact.payload["enterprise_id"])


@on(EnterpriseUnfrozen)
def run_clocks(fact: Fact) -> None:
    services.run_clocks_on(fact.payload["enterprise_id"])
