from .consignments import Consignment, TrackingEvent
from .destinations import Destination
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .refunds import Refund

__all__ = ["Consignment", "Destination", "Order", "OrderLine", "OrderPaper", "Refund", "Tender", "TrackingEvent"]
