from .consignments import Consignment, ConsignmentLine, TrackingEvent
from .destinations import Destination
from .grants import OrderUserObjectPermission
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .refunds import Refund

__all__ = [
    "Consignment",
    "ConsignmentLine",
    "Destination",
    "Order",
    "OrderLine",
    "OrderPaper",
    "OrderUserObjectPermission",
    "Refund",
    "Tender",
    "TrackingEvent",
]
