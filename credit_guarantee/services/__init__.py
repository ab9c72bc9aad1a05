from .custody import confirm_collection, confirm_payout, hand_over_instruction, refuse_instruction, send_again
from .escrows import cancel_escrow, open_escrow, refund_escrow, release_escrow

__all__ = [
    "cancel_escrow", "confirm_collection", "confirm_payout", "hand_over_instruction", "open_escrow", "refund_escrow", "refuse_instruction",
    "release_escrow", "send_again",
]  # fmt: skip
