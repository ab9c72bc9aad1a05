from ..incoterms import Carriage, Incoterm
from ..negotiation_rules import Change, Needs, NewLine, Offer, OfferLine
from ..part_rules import Claim
from .amendments import confirm_amendment, end_amendment, lapse_amendments, propose_amendment
from .campaigns import put_down_to_campaign
from .commission import approve_commission, enter_commission, refuse_commission
from .contracts import (
    accept_contract,
    answer_contract_question,
    ask_about_contract,
    decline_contract,
    deliver_contract,
    note_late_contract,
    request_contract,
    take_contract,
    withdraw_contract,
)
from .counters import counter_proposal
from .feeds import ask_carriers, hear_push, hear_steps, loads_of
from .frozen import run_clocks_on, stop_clocks_for
from .funding import cancel_unpaid, fund_order
from .grants import grant_order
from .invoices import (
    follow_refund,
    note_booked,
    note_late_invoice,
    refuse_invoice,
    register_invoice,
    request_invoice,
    save_invoice_profile,
    take_invoice,
    withdraw_invoice,
)
from .kept_files import keep_file
from .papers import make_confirmation
from .proposals import confirm_order, decline_order, lapse_order, propose_order, withdraw_order
from .quotations import accept_offer, end_negotiation, expire_offer, make_offer
from .red_forms import answer_red_form, enter_red_form, lapse_red_form, register_red_invoice, withdraw_red_form
from .refunds import approve_refund, reject_refund, request_refund, settle_unanswered, tell_goods, withdraw_refund
from .rfqs import close_answers, send_rfq, withdraw_rfq
from .shipping import accept_goods, accept_unanswered, note_late_shipping, note_tracking, ship_goods
from .threads import write_message
from .tracking_files import import_own_tracking, import_tracking, refused_tracking
from .trade_papers import ask_paper, ask_statement, make_trade_paper

__all__ = [
    "Carriage",
    "Change",
    "Claim",
    "Incoterm",
    "Needs",
    "NewLine",
    "Offer",
    "OfferLine",
    "accept_contract",
    "accept_goods",
    "accept_offer",
    "accept_unanswered",
    "answer_contract_question",
    "answer_red_form",
    "approve_commission",
    "approve_refund",
    "ask_about_contract",
    "ask_carriers",
    "ask_paper",
    "ask_statement",
    "cancel_unpaid",
    "close_answers",
    "confirm_amendment",
    "confirm_order",
    "counter_proposal",
    "decline_contract",
    "decline_order",
    "deliver_contract",
    "end_amendment",
    "end_negotiation",
    "enter_commission",
    "enter_red_form",
    "expire_offer",
    "follow_refund",
    "fund_order",
    "grant_order",
    "hear_push",
    "hear_steps",
    "import_own_tracking",
    "import_tracking",
    "keep_file",
    "lapse_amendments",
    "lapse_order",
    "lapse_red_form",
    "loads_of",
    "make_confirmation",
    "make_offer",
    "make_trade_paper",
    "note_booked",
    "note_late_contract",
    "note_late_invoice",
    "note_late_shipping",
    "note_tracking",
    "propose_amendment",
    "propose_order",
    "put_down_to_campaign",
    "refuse_commission",
    "refuse_invoice",
    "refused_tracking",
    "register_invoice",
    "register_red_invoice",
    "reject_refund",
    "request_contract",
    "request_invoice",
    "request_refund",
    "run_clocks_on",
    "save_invoice_profile",
    "send_rfq",
    "settle_unanswered",
    "ship_goods",
    "stop_clocks_for",
    "take_contract",
    "take_invoice",
    "tell_goods",
    "withdraw_contract",
    "withdraw_invoice",
    "withdraw_order",
    "withdraw_red_form",
    "withdraw_refund",
    "withdraw_rfq",
    "write_message",
]
