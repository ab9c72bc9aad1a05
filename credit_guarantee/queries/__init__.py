"""Reading escrows, the custodian's queue, bank statements and what waits of them."""

from .custody import CAUSES, Custody, custodies, custody_desk, trusted_statements
from .entries import (
    EntryCase,
    charges_of,
    entries_at_desk,
    entries_waiting,
    entry_case,
    lines_of,
    statement_file,
    statement_files,
    statements_of,
    with_proposals,
)
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
from .releases import approvals_missing, people_missing, people_needed, short_of
from .sandbox import demo_statement, in_sandbox, made_statement

__all__ = [
    "CAUSES",
    "DUE_FIRST",
    "Custody",
    "EntryCase",
    "PaymentDetails",
    "approvals_missing",
    "can_send_again",
    "charges_of",
    "custodies",
    "custody_desk",
    "demo_statement",
    "entries_at_desk",
    "entries_waiting",
    "entry_case",
    "escrows_about",
    "in_sandbox",
    "instruction_for",
    "lines_of",
    "made_statement",
    "open_instructions",
    "payment_details",
    "people_missing",
    "people_needed",
    "short_of",
    "statement_file",
    "statement_files",
    "statements_of",
    "suspense_currency_of",
    "trusted_statements",
    "unpaid_of",
    "with_due",
    "with_proposals",
]
