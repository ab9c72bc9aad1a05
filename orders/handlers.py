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
from messaging.services import notify_enterprise, notify_staff

from . import queries, services
from .facts import (
    ConsignmentAccepted,
    ConsignmentShipped,
    ContractAccepted,
    ContractDelivered,
    ContractLate,
    ContractMoved,
    ContractRequested,
    GoodsTold,
    InvoiceLate,
    InvoiceMoved,
    InvoiceRegistered,
    InvoiceRequested,
    MessageWritten,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderFunded,
    OrderProposed,
    ProposalEnded,
    RedFormMoved,
    RedInvoiceDue,
    RefundAnswered,
    RefundRequested,
    RefundUnanswered,
    ShippingLate,
    TradePaperAsked,
)
from .permissions import HANDLE_CONTRACT, HANDLE_INVOICE
from .states import RED_WAITING


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


@on(TradePaperAsked)
def make_trade_paper(fact: Fact) -> None:
    services.make_trade_paper(fact.payload["paper_id"])


def _tell_of_contract(fact: Fact, enterprise_id: int, msgid: str) -> None:
    _tell_of(fact, enterprise_id, msgid, "contract", box="trade")


def _tell_of(fact: Fact, enterprise_id: int, msgid: str, what: str, box: str) -> None:
    number = fact.payload[f"{what}_no"]
    params = {"no": fact.payload["no"], "paper": number}
    notify_enterprise(enterprise_id, msgid=msgid, params=params, url=reverse(f"orders:{what}", args=[number]), fact=fact, box=box)


def _tell_desk(fact: Fact, permission: str, msgid: str, what: str) -> None:
    url = reverse(f"admin:orders_{what}request_change", args=[fact.payload[f"{what}_id"]])
    notify_staff(permission, msgid=msgid, params={"no": fact.payload["no"], "paper": fact.payload[f"{what}_no"]}, url=url, fact=fact)


@on(ContractRequested)
def tell_of_contract_request(fact: Fact) -> None:
    _tell_of_contract(fact, fact.payload["other_id"], gettext_noop("A written contract was asked for on order %(no)s."))
    _tell_desk(fact, HANDLE_CONTRACT, gettext_noop("Contract request %(paper)s on order %(no)s waits at the desk."), "contract")


CONTRACT_WORDS = {
    "take": gettext_noop("Customer service is working on contract %(paper)s of order %(no)s."),
    "ask": gettext_noop("Customer service has a question about contract %(paper)s of order %(no)s."),
    "decline": gettext_noop("Customer service declined contract request %(paper)s of order %(no)s; the reason is on the page."),
}


@on(ContractMoved)
def tell_of_contract_move(fact: Fact) -> None:
    if words := CONTRACT_WORDS.get(fact.payload["move"]):
        _tell_of_contract(fact, fact.payload["asked_by_id"], words)
    if fact.payload["move"] == "answer":
        _tell_desk(fact, HANDLE_CONTRACT, gettext_noop("The question about contract %(paper)s was answered."), "contract")


@on(ContractDelivered)
def tell_both_of_contract(fact: Fact) -> None:
    for party in (fact.payload["asked_by_id"], fact.payload["other_id"]):
        _tell_of_contract(fact, party, gettext_noop("The contract %(paper)s of order %(no)s is here: read it on its page."))


@on(ContractAccepted)
def tell_other_of_acceptance(fact: Fact) -> None:
    _tell_of_contract(fact, fact.payload["other_id"], gettext_noop("The other party accepted contract %(paper)s of order %(no)s online."))


@on(ContractLate)
def tell_of_late_contract(fact: Fact) -> None:
    _tell_of_contract(fact, fact.payload["asked_by_id"], gettext_noop("Contract %(paper)s of order %(no)s is late; we are sorry."))
    _tell_desk(fact, HANDLE_CONTRACT, gettext_noop("Contract request %(paper)s is late."), "contract")


def _tell_of_invoice(fact: Fact, enterprise_id: int, msgid: str) -> None:
    _tell_of(fact, enterprise_id, msgid, "invoice", box="invoices")


@on(InvoiceRequested)
def tell_of_invoice_request(fact: Fact) -> None:
    _tell_of_invoice(fact, fact.payload["seller_id"], gettext_noop("A special invoice was asked for on order %(no)s: %(paper)s."))
    _tell_desk(fact, HANDLE_INVOICE, gettext_noop("Invoice request %(paper)s on order %(no)s waits at the desk."), "invoice")


INVOICE_WORDS = {
    "take": ("buyer_id", gettext_noop("The invoice you asked for (%(paper)s, order %(no)s) is being made out.")),
    "refuse": ("buyer_id", gettext_noop("Invoice request %(paper)s of order %(no)s was refused; the reason is on the page.")),
    "withdraw": ("seller_id", gettext_noop("Invoice request %(paper)s of order %(no)s was withdrawn by the buyer.")),
    "drop": ("buyer_id", gettext_noop("Invoice request %(paper)s was dropped: order %(no)s was refunded.")),
}


@on(InvoiceMoved)
def tell_of_invoice_move(fact: Fact) -> None:
    if fact.payload["move"] in INVOICE_WORDS:
        party, words = INVOICE_WORDS[fact.payload["move"]]
        _tell_of_invoice(fact, fact.payload[party], words)


@on(InvoiceRegistered)
def tell_of_invoice(fact: Fact) -> None:
    blue = gettext_noop("The invoice of %(paper)s (order %(no)s) is issued: number and file are on the page.")
    red = gettext_noop("A red-letter invoice of %(paper)s (order %(no)s) is issued: number and file are on the page.")
    for party in ["buyer_id"] if fact.payload["registered_by"] == "seller" else ["buyer_id", "seller_id"]:
        _tell_of_invoice(fact, fact.payload[party], blue if fact.payload["kind"] == "blue" else red)


@on(InvoiceLate)
def tell_of_late_invoice(fact: Fact) -> None:
    _tell_of_invoice(
        fact, fact.payload["seller_id"], gettext_noop("The invoice %(paper)s of order %(no)s is late: issue it or say why not.")
    )
    _tell_desk(fact, HANDLE_INVOICE, gettext_noop("Invoice request %(paper)s is late."), "invoice")


RED_WORDS = {
    "confirm": ("entered_by_id", gettext_noop("The red-letter form about %(paper)s was confirmed.")),
    "refuse": ("entered_by_id", gettext_noop("The red-letter form about %(paper)s was refused.")),
    "lapse": ("entered_by_id", gettext_noop("The red-letter form about %(paper)s lapsed: nobody confirmed it in 72 hours.")),
    "withdraw": ("other_id", gettext_noop("The red-letter form about %(paper)s was withdrawn.")),
}


@on(RedFormMoved)
def tell_of_red_form(fact: Fact) -> None:
    if fact.payload["move"] in RED_WORDS:
        party, words = RED_WORDS[fact.payload["move"]]
        _tell_of_invoice(fact, fact.payload[party], words)
    elif fact.payload["state"] in RED_WAITING:
        words = gettext_noop("A red-letter form about %(paper)s (order %(no)s) waits for you: answer within 72 hours.")
        _tell_of_invoice(fact, fact.payload["other_id"], words)
    else:
        words = gettext_noop("The seller entered a red-letter form about %(paper)s (order %(no)s); you need not confirm it.")
        _tell_of_invoice(fact, fact.payload["other_id"], words)


@on(RedInvoiceDue)
def tell_that_red_is_due(fact: Fact) -> None:
    for party in (fact.payload["buyer_id"], fact.payload["seller_id"]):
        words = gettext_noop("Order %(no)s was refunded after invoice %(paper)s was issued: a red-letter invoice is due.")
        _tell_of_invoice(fact, party, words)
    _tell_desk(fact, HANDLE_INVOICE, gettext_noop("Order %(no)s was refunded: invoice %(paper)s needs a red-letter one."), "invoice")


@on(OrderCancelled)
def follow_refund_with_invoices(fact: Fact) -> None:
    services.follow_refund(fact.payload["order_id"])


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


@on(ProposalEnded, OrderCancelled)
def count_back(fact: Fact) -> None:
    """A trade that came to nothing no longer counts against anybody's limit, and nobody needs leave for it any more."""
    subject = f"orders.order:{fact.payload['order_id']}"
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
    _tell(fact, fact.payload["to_id"], gettext_noop("A message was written on order %(no)s."), box="messages")


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
        "orders.contract": lambda: services.note_late_contract(subject),
        "orders.invoice": lambda: services.note_late_invoice(subject),
        "orders.red_confirmation": lambda: services.lapse_red_form(subject),
    }
    if act := acts.get(fact.payload["policy"]):
        act()


@on(EnterpriseFrozen)
def stop_clocks(fact: Fact) -> None:
    services.stop_clocks_for(fact.payload["enterprise_id"])


@on(EnterpriseUnfrozen)
def run_clocks(fact: Fact) -> None:
    services.run_clocks_on(fact.payload["enterprise_id"])
