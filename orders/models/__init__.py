from .consignments import Consignment, TrackingEvent
from .orders import Order, OrderLine, Tender
from .papers import OrderPaper
from .refunds import Refund

__all__ = ["Consignment", "Order", "OrderLine", "OrderPaper", "Refund", "Tender", "TrackingEvent"]
