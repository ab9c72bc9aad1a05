from django.utils.translation import gettext_lazy as _

from kernel.facts import fact


@fact("credit_guarantee.escrow_opened", _("An escrow was opened"))
class EscrowOpened:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.escrow_funded", _("The custodian confirmed receipt"))
class EscrowFunded:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.escrow_released", _("The escrow was released to the payee"))
class EscrowReleased:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.escrow_refunded", _("The custodian was told to refund the payer"))
class EscrowRefunded:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.escrow_part_refunded", _("The custodian was told to pay a part back"))
class EscrowPartRefunded:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.escrow_cancelled", _("The escrow was cancelled before money arrived"))
class EscrowCancelled:
    escrow_id: int
    ref_type: str
    ref_id: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.instruction_sent", _("The custodian was instructed"))
class InstructionSent:
    instruction_id: int
    escrow_id: int
    kind: str
    amount_minor: int
    currency: str


@fact("credit_guarantee.payout_confirmed", _("The custodian confirmed a payout"))
class PayoutConfirmed:
    instruction_id: int
    escrow_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.fee_paid", _("The custodian paid the platform its fee"))
class FeePaid:
    instruction_id: int
    escrow_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.instruction_refused", _("The custodian refused an instruction"))
class InstructionRefused:
    instruction_id: int
    escrow_id: int
    kind: str


@fact("credit_guarantee.instruction_handed", _("The instruction was handed to the custodian"))
class InstructionHanded:
    instruction_id: int
    escrow_id: int
    kind: str


@fact("credit_guarantee.suspense_received", _("Money arrived that nothing was waiting for; it is being sent back"))
class SuspenseReceived:
    instruction_id: int
    escrow_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.suspense_returned", _("The custodian sent unexpected money back"))
class SuspenseReturned:
    instruction_id: int
    escrow_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.statement_booked", _("A bank statement was booked"))
class StatementBooked:
    file_id: int
    no: str
    lines: int
    waiting: int
    doubtful: int


@fact("credit_guarantee.statement_refused", _("A bank statement was refused whole"))
class StatementFileRefused:
    file_id: int
    no: str
    problems: int


@fact("credit_guarantee.transfer_received", _("A transfer was allocated to the payment"))
class TransferReceived:
    escrow_id: int
    entry_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    amount_minor: int
    charges_minor: int
    received_minor: int
    due_minor: int
    currency: str


@fact("credit_guarantee.transfer_differed", _("A transfer arrived that differs from what is due"))
class TransferDiffered:
    escrow_id: int
    entry_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    reason: str
    amount_minor: int
    due_minor: int
    currency: str


@fact("credit_guarantee.receipt_taken_back", _("The bank took a transfer back"))
class ReceiptTakenBack:
    escrow_id: int
    entry_id: int
    ref_type: str
    ref_id: str
    enterprise_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.booking_proposed", _("A booking was proposed for a bank entry"))
class BookingProposed:
    proposal_id: int
    entry_id: int
    kind: str


@fact("credit_guarantee.booking_approved", _("A proposed booking was approved"))
class BookingApproved:
    proposal_id: int
    entry_id: int
    kind: str


@fact("credit_guarantee.booking_declined", _("A proposed booking was declined"))
class BookingDeclined:
    proposal_id: int
    entry_id: int
    kind: str


@fact("credit_guarantee.booking_withdrawn", _("A proposed booking was taken back"))
class BookingWithdrawn:
    proposal_id: int
    entry_id: int
    kind: str


@fact("credit_guarantee.entry_returned", _("The custodian sent a transfer back to its sender"))
class EntryReturned:
    instruction_id: int
    entry_id: int
    amount_minor: int
    currency: str


@fact("credit_guarantee.release_approved", _("A payment out of custody was approved"))
class ReleaseApproved:
    instruction_id: int
    people: int
    needed: int
