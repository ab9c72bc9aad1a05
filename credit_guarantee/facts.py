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
