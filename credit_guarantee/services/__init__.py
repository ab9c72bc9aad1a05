from .custody import book_suspense_receipt, confirm_collection, confirm_payout, refuse_instruction, send_again
from .escrows import cancel_escrow, open_escrow, refund_escrow, release_escrow
from .instructions import hand_over_instruction, hand_over_waiting

__all__ = [
    "book_suspense_receipt",
    "cancel_escrow",
    "confirm_collection",
    "confirm_payout",
    "hand_over_instruction",
    "hand_over_waiting",
    "open_escrow",
    "refund_escrow",
    "refuse_instruction",
    "release_escrow",
    "send_again",
]
