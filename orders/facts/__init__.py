from django.utils.translation import gettext_lazy as _

from kernel.facts import fact

from .commission import CommissionDecided as CommissionDecided
from .commission import CommissionEntered as CommissionEntered
from .papers import ContractAccepted as ContractAccepted
from .papers import ContractDelivered as ContractDelivered
from .papers import ContractLate as ContractLate
from .papers import ContractMoved as ContractMoved
from .papers import ContractRequested as ContractRequested
from .papers import InvoiceLate as InvoiceLate
from .papers import InvoiceMoved as InvoiceMoved
from .papers import InvoiceProfileSet as InvoiceProfileSet
from .papers import InvoiceRegistered as InvoiceRegistered
from .papers import InvoiceRequested as InvoiceRequested
from .papers import RedFormMoved as RedFormMoved
from .papers import RedInvoiceDue as RedInvoiceDue
from .papers import TradePaperAsked as TradePaperAsked
from .papers import TradePaperMade as TradePaperMade


@fact("orders.order_proposed", label=_("Trade proposed"))
class OrderProposed:
    order_id: int
    no: str
    proposer_id: int
    responder_id: int
    terms_hash: str


@fact("orders.order_confirmed", label=_("Terms confirmed by both parties"))
class OrderConfirmed:
    order_id: int
    no: str
    proposer_id: int
    responder_id: int
    terms_hash: str


@fact("orders.proposal_ended", label=_("Proposal ended without a trade"))
class ProposalEnded:
    order_id: int
    no: str
    move: str
    proposer_id: int
    responder_id: int


@fact("orders.order_funded", label=_("Everything owed is held: ready to ship"))
class OrderFunded:
    order_id: int
    no: str
    proposer_id: int
    responder_id: int


@fact("orders.instalment_held", label=_("A part of the payment is held"))
class InstalmentHeld:
    order_id: int
    no: str
    stage: int
    count: int
    amount_minor: int
    currency: str
    payer_id: int
    payee_id: int


@fact("orders.consignment_shipped", label=_("Goods shipped"))
class ConsignmentShipped:
    order_id: int
    no: str
    consignment_id: int
    giver_id: int
    receiver_id: int
    carrier: str
    waybill_no: str


@fact("orders.shipping_late", label=_("Goods not shipped in time"))
class ShippingLate:
    order_id: int
    no: str
    consignment_id: int
    proposer_id: int
    responder_id: int


@fact("orders.tracking_noted", label=_("Tracking event noted"))
class TrackingNoted:
    order_id: int
    consignment_id: int
    kind: str
    happened_at: str
    source: str


@fact("orders.tracking_heard", label=_("News of the carrier"))
class TrackingHeard:
    """What came in at once about one load; `kind` is where it stands by the latest of all events, `signed` when the clock began by it."""

    order_id: int
    no: str
    consignment_id: int
    giver_id: int
    receiver_id: int
    source: str
    events: int
    kind: str
    happened_at: str
    signed: bool


@fact("orders.consignment_accepted", label=_("Goods accepted"))
class ConsignmentAccepted:
    order_id: int
    no: str
    consignment_id: int
    giver_id: int
    receiver_id: int


@fact("orders.order_completed", label=_("Trade completed, held money paid out"))
class OrderCompleted:
    order_id: int
    no: str
    proposer_id: int
    responder_id: int


@fact("orders.refund_requested", label=_("Refund requested"))
class RefundRequested:
    refund_id: int
    order_id: int
    no: str
    asked_by_id: int
    other_id: int


@fact("orders.goods_told", label=_("Said what became of goods sent"))
class GoodsTold:
    refund_id: int
    order_id: int
    no: str
    told_by_id: int
    other_id: int
    goods: dict[str, str]


@fact("orders.refund_answered", label=_("Refund request answered"))
class RefundAnswered:
    refund_id: int
    order_id: int
    no: str
    move: str
    asked_by_id: int
    other_id: int
    goods: dict  # {consignment on its way: "returned" or "given_up"}, by word of the party that approved


@fact("orders.order_part_refunded", label=_("Refunded in part; the order goes on"))
class OrderPartRefunded:
    refund_id: int
    order_id: int
    no: str
    asked_by_id: int
    other_id: int
    total_minor: int
    total_currency: str


@fact("orders.refund_unanswered", label=_("Refund request not answered in time"))
class RefundUnanswered:
    refund_id: int
    order_id: int
    no: str
    asked_by_id: int
    other_id: int


@fact("orders.order_cancelled", label=_("Order cancelled, money and stock given back"))
class OrderCancelled:
    order_id: int
    no: str
    proposer_id: int
    responder_id: int


@fact("orders.paper_made", label=_("Paper made"))
class PaperMade:
    order_id: int
    no: str
    kind: str
    sha256: str


@fact("orders.message_written", label=_("Message written on the order"))
class MessageWritten:
    order_id: int
    no: str
    from_id: int
    to_id: int


@fact("orders.order_grants_set", label=_("Who sees an order was changed"))
class OrderGrantsSet:
    order_id: int
    no: str
    enterprise_id: int


@fact("orders.rfq_sent", label=_("Sellers asked for quotations"))
class RfqSent:
    rfq_id: int
    no: str
    buyer_id: int
    asked: int  # how many sellers: who they are is nobody else's business


@fact("orders.rfq_ended", label=_("Request for quotation ended"))
class RfqEnded:
    rfq_id: int
    no: str
    buyer_id: int
    move: str


@fact("orders.quotation_asked", label=_("Quotation asked for"))
class QuotationAsked:
    negotiation_id: int
    no: str
    buyer_id: int
    seller_id: int


@fact("orders.round_made", label=_("Offer made in a negotiation"))
class RoundMade:
    negotiation_id: int
    no: str
    number: int
    round_id: int
    replaced_id: int | None  # the round that this one answers or replaces
    by_id: int
    to_id: int
    terms_hash: str


@fact("orders.offer_accepted", label=_("Offer accepted: its terms became a proposal"))
class OfferAccepted:
    negotiation_id: int
    no: str
    number: int
    order_no: str
    by_id: int
    to_id: int


@fact("orders.negotiation_ended", label=_("Negotiation ended without an order"))
class NegotiationEnded:
    negotiation_id: int
    no: str
    move: str
    buyer_id: int
    seller_id: int
    by_id: int | None
    round_id: int | None


@fact("orders.proposal_countered", label=_("Proposal answered with a counter-offer"))
class ProposalCountered:
    order_id: int
    no: str
    negotiation_no: str
    by_id: int
    to_id: int


@fact("orders.amendment_proposed", label=_("Changed terms proposed"))
class AmendmentProposed:
    order_id: int
    no: str
    amendment_id: int
    version: int
    by_id: int
    to_id: int
    terms_hash: str


@fact("orders.amendment_confirmed", label=_("Changed terms confirmed by both parties"))
class AmendmentConfirmed:
    order_id: int
    no: str
    amendment_id: int
    version: int
    by_id: int
    to_id: int
    terms_hash: str


@fact("orders.amendment_ended", label=_("Changed terms did not come into force"))
class AmendmentEnded:
    order_id: int
    no: str
    amendment_id: int
    move: str
    by_id: int
    to_id: int
