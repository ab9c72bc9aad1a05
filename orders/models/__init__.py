from .consignments import Consignment, TrackingEvent
from .contracts import ContractAcceptance, ContractRequest, ContractVersion
from .destinations import Destination
from .grants import OrderUserObjectPermission
from .invoices import InvoiceLine, InvoiceProfile, InvoiceRequest, RedForm, RedLine, TaxInvoice
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .refunds import Refund
from .trade_papers import TradePaper

__all__ = [
    "Consignment",
    "ContractAcceptance",
    "ContractRequest",
    "ContractVersion",
    "Destination",
    "InvoiceLine",
    "InvoiceProfile",
    "InvoiceRequest",
    "Order",
    "OrderLine",
    "OrderPaper",
    "OrderUserObjectPermission",
    "RedForm",
    "RedLine",
    "Refund",
    "TaxInvoice",
    "Tender",
    "TrackingEvent",
    "TradePaper",
]
