"""What follows from facts: papers, notices, and the acts that clocks and the custodian call for."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.facts import EnterpriseFrozen, EnterpriseUnfrozen
from accounts.services import close_requests, give_back
from credit_guarantee.facts import EscrowFunded, ReceiptTakenBack, TransferDiffered, TransferReceived
from kernel.facts import DeadlinePassed, on
from kernel.models import Fact
from kernel.money import Money
from kernel.timer import CUSTODIAN, TIMER
from messaging.services import notify_enterprise

from .. import queries, services
from ..facts import (
    ConsignmentAccepted,
    ConsignmentShipped,
    GoodsTold,
    InstalmentHeld,
    MessageWritten,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderFunded,
    OrderPartRefunded,
    OrderProposed,
    ProposalCountered,
    ProposalEnded,
    RefundAnswered,
    RefundRequested,
    RefundUnanswered,
    ShippingLate,
)
from ..schedules import CLOCKS
from . import bargaining as bargaining
from . import feeds as feeds
from . import papers as papers
from .telling import tell, tell_both, tell_staff


@on(OrderProposed)
def tell_responder(fact: Fact) -> None:
    tell(fact, fact.payload["responder_id"], gettext_noop("A trade was proposed to you: order %(no)s. Read the terms and answer."))


@on(OrderConfirmed)
def tell_proposer_of_confirmation(fact: Fact) -> None:
    tell(fact, fact.payload["proposer_id"], gettext_noop("Your proposal %(no)s was confirmed."))


@on(OrderConfirmed)
def make_paper(fact: Fact) -> None:
    services.make_confirmation(fact.payload["order_id"])


@on(OrderConfirmed)
def put_down_to_campaign(fact: Fact) -> None:
    services.put_down_to_campaign(fact.payload["order_id"])


@on(ProposalEnded)
def tell_proposal_ended(fact: Fact) -> None:
    tell_both(fact, gettext_noop("The proposal %(no)s ended without a trade."))


@on(OrderFunded)
def tell_ready_to_ship(fact: Fact) -> None:
    tell_both(fact, gettext_noop("Everything owed under order %(no)s is held. Goods can be shipped."))


@on(InstalmentHeld)
def tell_part_held(fact: Fact) -> None:
    told = fact.payload
    params = {"no": told["no"], "n": told["stage"], "count": told["count"], "amount": str(Money(told["amount_minor"], told["currency"]))}
    msgid = gettext_noop("Order %(no)s: part %(n)s of %(count)s of the payment, %(amount)s, is held.")
    for party in (told["payer_id"], told["payee_id"]):
        notify_enterprise(party, msgid=msgid, params=params, url=reverse("orders:detail", args=[told["no"]]), fact=fact, box="trade")


@on(ConsignmentShipped)
def tell_receiver(fact: Fact) -> None:
    tell(fact, fact.payload["receiver_id"], gettext_noop("Goods of order %(no)s are on their way to you."))


@on(ConsignmentAccepted)
def tell_giver(fact: Fact) -> None:
    tell(fact, fact.payload["giver_id"], gettext_noop("Your goods under order %(no)s were accepted."))


@on(OrderCompleted)
def tell_completed(fact: Fact) -> None:
    tell_both(fact, gettext_noop("Order %(no)s is complete; what was held has been paid out."))


@on(RefundRequested)
def tell_other_party_of_refund(fact: Fact) -> None:
    tell(fact, fact.payload["other_id"], gettext_noop("A refund was asked for on order %(no)s."))


@on(GoodsTold)
def tell_other_party_of_goods(fact: Fact) -> None:
    tell(fact, fact.payload["other_id"], gettext_noop("Order %(no)s: the other party has said what became of the goods it sent."))


@on(OrderPartRefunded)
def tell_both_of_part_refund(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        tell(fact, party, gettext_noop("A part of order %(no)s was refunded; the order goes on with the rest."))


@on(RefundAnswered)
def tell_both_of_answer(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        tell(fact, party, gettext_noop("The refund request on order %(no)s was answered."))


@on(ShippingLate)
def tell_both_of_late_shipping(fact: Fact) -> None:
    tell_both(
        fact, gettext_noop("Goods of order %(no)s were not shipped in time. Agree on a new date, ask for a refund or open a complaint.")
    )
    tell_staff(fact, gettext_noop("Order %(no)s: goods were not shipped in time."))


@on(RefundUnanswered)
def tell_staff_of_silence(fact: Fact) -> None:
    tell_staff(fact, gettext_noop("Order %(no)s: a refund request was not answered in time."))


@on(RefundUnanswered)
def tell_both_of_silence(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        tell(fact, party, gettext_noop("The refund request on order %(no)s was not answered in time; customer service has been told."))


@on(OrderCancelled)
def tell_cancelled(fact: Fact) -> None:
    tell_both(fact, gettext_noop("Order %(no)s was cancelled; money and stock went back as they came."))


@on(ProposalEnded, ProposalCountered, OrderCancelled)
def count_back(fact: Fact) -> None:
    """A trade that came to nothing no longer counts against anybody's limit, and nobody needs leave for it any more."""
    for subject in (f"orders.order:{fact.payload['order_id']}", *queries.counted_with(fact.payload["order_id"])):
        give_back(subject, actor=TIMER)
        close_requests(subject, actor=TIMER)


@on(OrderConfirmed)
def drop_requests_to_confirm(fact: Fact) -> None:
    close_requests(f"orders.order:{fact.payload['order_id']}", actor=TIMER)


@on(RefundAnswered)
def drop_requests_to_refund(fact: Fact) -> None:
    close_requests(f"orders.refund:{fact.payload['refund_id']}", actor=TIMER)


@on(MessageWritten)
def tell_of_message(fact: Fact) -> None:
    tell(fact, fact.payload["to_id"], gettext_noop("A message was written on order %(no)s."), box="messages")


@on(EscrowFunded)
def fund(fact: Fact) -> None:
    if fact.payload["ref_type"] == "orders.order":
        services.fund_order(int(fact.payload["ref_id"]), escrow_id=fact.payload["escrow_id"], actor=CUSTODIAN)


# ---------- bank transfers ----------


def _tell_payer(fact: Fact, msgid: str) -> None:
    told = fact.payload
    no = queries.order_no(int(told["ref_id"])) if told["ref_type"] == "orders.order" else ""
    if no:
        params = {"no": no, "amount": str(Money(told["amount_minor"], told["currency"]))}
        params |= {"due": str(Money(told["due_minor"], told["currency"]))} if "due_minor" in told else {}
        url = reverse("orders:detail", args=[no])
        notify_enterprise(told["enterprise_id"], msgid=msgid, params=params, url=url, fact=fact, box="trade")


@on(TransferReceived)
def tell_payer_of_part(fact: Fact) -> None:
    if fact.payload["due_minor"]:
        _tell_payer(fact, gettext_noop("Order %(no)s: %(amount)s of your transfer has been put to it; %(due)s is still due."))


DIFFERS = {
    "under": gettext_noop("Order %(no)s: a transfer of %(amount)s arrived, less than the %(due)s that is due. Finance is looking at it."),
    "over": gettext_noop("Order %(no)s: a transfer of %(amount)s arrived, more than the %(due)s that is due. Finance is looking at it."),
    "third_party": gettext_noop(
        "Order %(no)s: a transfer of %(amount)s came from an account that is not your company's. Send a signed note of the payer to "
        "customer service, or pay from your own account."
    ),
}


@on(TransferDiffered)
def tell_payer_of_difference(fact: Fact) -> None:
    if (msgid := DIFFERS.get(fact.payload["reason"])) is not None:
        _tell_payer(fact, msgid)


@on(ReceiptTakenBack)
def tell_of_transfer_taken_back(fact: Fact) -> None:
    _tell_payer(fact, gettext_noop("Order %(no)s: your bank took the transfer of %(amount)s back. The amount is due again."))


def _end_unpaid(tender_id: int) -> None:
    if order_id := queries.order_of_tender(tender_id):
        services.cancel_unpaid(order_id, tender_id=tender_id, reason=gettext_noop("not paid in time"))


@on(DeadlinePassed)
def act_on_the_clock(fact: Fact) -> None:
    subject = int(fact.payload["subject_id"]) if fact.payload["subject_id"].isdigit() else 0
    acts = {
        "orders.answer": lambda: services.lapse_order(subject),
        **dict.fromkeys(CLOCKS, lambda: _end_unpaid(subject)),
        "orders.inspect": lambda: services.accept_unanswered(subject),
        "orders.receive": lambda: services.accept_unanswered(subject),
        "orders.ship": lambda: services.note_late_shipping(subject),
        "orders.answer_refund": lambda: services.settle_unanswered(subject),
        "orders.contract": lambda: services.note_late_contract(subject),
        "orders.invoice": lambda: services.note_late_invoice(subject),
        "orders.red_confirmation": lambda: services.lapse_red_form(subject),
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
