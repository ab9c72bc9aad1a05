from .campaigns import put_down_to_campaign
from .frozen import run_clocks_on, stop_clocks_for
from .funding import cancel_unpaid, fund_order
from .grants import grant_order
from .papers import make_confirmation
from .proposals import confirm_order, decline_order, lapse_order, propose_order, withdraw_order
from .refunds import approve_refund, reject_refund, request_refund, settle_unanswered, tell_goods, withdraw_refund
from .shipping import accept_goods, accept_unanswered, note_late_shipping, note_tracking, ship_goods
from .threads import write_message

__all__ = [
    "accept_goods",
    "accept_unanswered",
    "approve_refund",
    "cancel_unpaid",
    "confirm_order",
    "decline_order",
    "fund_order",
    "grant_order",
    "lapse_order",
    "make_confirmation",
    "note_late_shipping",
    "note_tracking",
    "propose_order",
    "put_down_to_campaign",
    "reject_refund",
    "request_refund",
    "run_clocks_on",
    "settle_unanswered",
    "ship_goods",
    "stop_clocks_for",
    "tell_goods",
    "withdraw_order",
    "withdraw_refund",
    "write_message",
]
