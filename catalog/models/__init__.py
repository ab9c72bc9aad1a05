from .categories import Category
from .counts import StockCount, StockCountLine
from .grants import ListingUserObjectPermission
from .listings import Listing
from .reservations import BuyerReservation
from .stock import Stock, StockMovement, StockReservation
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "BuyerReservation",
    "Category",
    "Listing",
    "ListingUserObjectPermission",
    "Stock",
    "StockCount",
    "StockCountLine",
    "StockMovement",
    "StockReservation",
    "Want",
]
