from .categories import Category
from .grants import ListingUserObjectPermission
from .listings import Listing
from .stock import Stock, StockMovement, StockReservation
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Category",
    "Listing",
    "ListingUserObjectPermission",
    "Stock",
    "StockMovement",
    "StockReservation",
    "Want",
]
