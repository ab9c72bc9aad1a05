from .amendments import Amendment
from .commission import CommissionRate
from .consignments import Consignment, ConsignmentLine, TrackingEvent, TrackingWatch
from .contracts import ContractAcceptance, ContractRequest, ContractVersion
from .destinations import Destination
from .grants import OrderUserObjectPermission
from .invoices import InvoiceLine, InvoiceProfile, InvoiceRequest, RedForm, RedLine, TaxInvoice
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .quotations import Negotiation, Rfq, Round, RoundLine
from .refunds import Refund, RefundLine, RefundPart
from .trade_papers import TradePaper

__all__ = [
    "Amendment",
    "CommissionRate",
    "Consignment",
    "ConsignmentLine",
    "ContractAcceptance",
    "ContractRequest",
    "ContractVersion",
    "Destination",
    "InvoiceLine",
    "InvoiceProfile",
    "InvoiceRequest",
    "Negotiation",
    "Order",
    "OrderLine",
    "OrderPaper",
    "OrderUserObjectPermission",
    "RedForm",
    "RedLine",
    "Refund",
    "RefundLine",
    "RefundPart",
    "Rfq",
    "Round",
    "RoundLine",
    "TaxInvoice",
    "Tender",
    "TrackingEvent",
    "TrackingWatch",
    "TradePaper",
]
