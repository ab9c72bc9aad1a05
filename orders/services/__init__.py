from ..negotiation_rules import Change, Needs, NewLine, Offer, OfferLine
from .amendments import confirm_amendment, end_amendment, lapse_amendments, propose_amendment
from .campaigns import put_down_to_campaign
from .counters import counter_proposal
from .frozen import run_clocks_on, stop_clocks_for
from .funding import cancel_unpaid, fund_order
from .grants import grant_order
from .papers import make_confirmation
from .proposals import confirm_order, decline_order, lapse_order, propose_order, withdraw_order
from .quotations import accept_offer, end_negotiation, expire_offer, make_offer
from .refunds import approve_refund, reject_refund, request_refund, settle_unanswered, tell_goods, withdraw_refund
from .rfqs import close_answers, send_rfq, withdraw_rfq
from .shipping import accept_goods, accept_unanswered, note_late_shipping, note_tracking, ship_goods
from .threads import write_message

__all__ = [
    "Change",
    "Needs",
    "NewLine",
    "Offer",
    "OfferLine",
    "accept_goods",
    "accept_offer",
    "accept_unanswered",
    "approve_refund",
    "cancel_unpaid",
    "close_answers",
    "confirm_amendment",
    "confirm_order",
    "counter_proposal",
    "decline_order",
    "end_amendment",
    "end_negotiation",
    "expire_offer",
    "fund_order",
    "grant_order",
    "lapse_amendments",
    "lapse_order",
    "make_confirmation",
    "make_offer",
    "note_late_shipping",
    "note_tracking",
    "propose_amendment",
    "propose_order",
    "put_down_to_campaign",
    "reject_refund",
    "request_refund",
    "run_clocks_on",
    "send_rfq",
    "settle_unanswered",
    "ship_goods",
    "stop_clocks_for",
    "tell_goods",
    "withdraw_order",
    "withdraw_refund",
    "withdraw_rfq",
    "write_message",
]
