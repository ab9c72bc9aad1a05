"""Reading escrows, the custodian's queue, bank statements and what waits of them."""

from .escrows import (
    DUE_FIRST,
    PaymentDetails,
    can_send_again,
    escrows_about,
    instruction_for,
    open_instructions,
    payment_details,
    suspense_currency_of,
    unpaid_of,
    with_due,
)
from .releases import people_missing, people_needed, short_of

__all__ = [
    "DUE_FIRST",
    "PaymentDetails",
    "can_send_again",
    "escrows_about",
    "instruction_for",
    "open_instructions",
    "payment_details",
    "people_missing",
    "people_needed",
    "short_of",
    "suspense_currency_of",
    "unpaid_of",
    "with_due",
]
