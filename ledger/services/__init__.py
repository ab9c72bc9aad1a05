from ..rules import Leg
from .ceilings import refuse_over_ceiling, weigh_limits
from .entries import (
    give_up_suspense,
    pay_bank_charge,
    pay_fee,
    pay_out,
    post_entry,
    receive_statement,
    receive_suspense,
    return_suspense,
)
from .holds import hold_from_suspense, hold_funds, receive_hold, refund_hold, refund_hold_part, release_hold
from .limits import approve_limit, propose_growth, propose_limit, refuse_limit, set_debit_limit
from .rates import approve_rates, enter_rates, refuse_rates
from .reversals import reverse_entry

__all__ = [
    "Leg",
    "approve_limit",
    "approve_rates",
    "enter_rates",
    "give_up_suspense",
    "hold_from_suspense",
    "hold_funds",
    "pay_bank_charge",
    "pay_fee",
    "pay_out",
    "post_entry",
    "propose_growth",
    "propose_limit",
    "receive_hold",
    "receive_statement",
    "receive_suspense",
    "refund_hold",
    "refund_hold_part",
    "refuse_limit",
    "refuse_over_ceiling",
    "refuse_rates",
    "release_hold",
    "return_suspense",
    "reverse_entry",
    "set_debit_limit",
    "weigh_limits",
]
