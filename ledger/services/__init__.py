from ..rules import Leg
from .entries import pay_out, post_entry
from .holds import hold_funds, receive_hold, refund_hold, release_hold
from .limits import set_debit_limit

__all__ = ["Leg", "hold_funds", "pay_out", "post_entry", "receive_hold", "refund_hold", "release_hold", "set_debit_limit"]
