from .categories import Category
from .listings import Listing
from .stock import Stock, StockMovement, StockReservation
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = ["UNITS", "UNIT_NAMES", "Category", "Listing", "Stock", "StockMovement", "StockReservation", "Want"]
