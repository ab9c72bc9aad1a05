from .amendments import Amendment
from .consignments import Consignment, TrackingEvent
from .destinations import Destination
from .grants import OrderUserObjectPermission
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .quotations import Negotiation, Rfq, Round, RoundLine
from .refunds import Refund

__all__ = [
    "Amendment",
    "Consignment",
    "Destination",
    "Negotiation",
    "Order",
    "OrderLine",
    "OrderPaper",
    "OrderUserObjectPermission",
    "Refund",
    "Rfq",
    "Round",
    "RoundLine",
    "Tender",
    "TrackingEvent",
]
