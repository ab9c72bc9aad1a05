from ..statements.sheets import MAX_BYTES
from .allocations import free_allocations
from .custody import book_suspense_receipt, confirm_collection, confirm_payout, refuse_instruction, send_again
from .escrows import cancel_escrow, open_escrow, refund_escrow, refund_escrow_part, release_escrow
from .imports import KIND as STATEMENT_IMPORT
from .imports import give_up_import, import_statement, original_of, refused_rows
from .instructions import hand_over_instruction, hand_over_of_escrow, hand_over_waiting
from .proposals import approve_booking, decline_booking, keep_note, note_of, propose_booking
from .releases import approve_release

MAX_STATEMENT_BYTES = MAX_BYTES

__all__ = [
    "MAX_STATEMENT_BYTES",
    "STATEMENT_IMPORT",
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
    "hand_over_of_escrow",
    "hand_over_waiting",
    "import_statement",
    "keep_note",
    "note_of",
    "open_escrow",
    "original_of",
    "propose_booking",
    "refund_escrow",
    "refund_escrow_part",
    "refuse_instruction",
    "refused_rows",
    "release_escrow",
    "send_again",
]
