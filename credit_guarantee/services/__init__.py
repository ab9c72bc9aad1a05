from .allocations import free_allocations
from .custody import book_suspense_receipt, confirm_collection, confirm_payout, refuse_instruction, send_again
from .escrows import cancel_escrow, open_escrow, refund_escrow, release_escrow
from .imports import give_up_import, import_statement
from .instructions import hand_over_instruction, hand_over_waiting
from .proposals import approve_booking, decline_booking, note_of, propose_booking
from .releases import approve_release

__all__ = [
    "approve_booking",
    "approve_release",
    "book_suspense_receipt",
    "cancel_escrow",
    "confirm_collection",
    "confirm_payout",
    "decline_booking",
    "free_allocations",
    "give_up_import",
    "hand_over_instruction",
    "hand_over_waiting",
    "import_statement",
    "note_of",
    "open_escrow",
    "propose_booking",
    "refund_escrow",
    "refuse_instruction",
    "release_escrow",
    "send_again",
]
