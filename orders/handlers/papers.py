"""What follows from contracts, invoices and papers: notices, files, red-letter forms."""

from django.urls import reverse
from django.utils.translation import gettext_noop

from kernel.facts import on
from kernel.models import Fact
from messaging.services import notify_enterprise, notify_staff

from .. import services
from ..facts import (
    ContractAccepted,
    ContractDelivered,
    ContractLate,
    ContractMoved,
    ContractRequested,
    InvoiceLate,
    InvoiceMoved,
    InvoiceRegistered,
    InvoiceRequested,
    OrderCancelled,
    OrderPartRefunded,
    RedFormMoved,
    RedInvoiceDue,
    TradePaperAsked,
)
from ..permissions import HANDLE_CONTRACT, HANDLE_INVOICE
from ..states import RED_WAITING


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
@on(OrderPartRefunded)
def follow_refund_with_invoices(fact: Fact) -> None:
    services.follow_refund(fact.payload["order_id"])
