from .categories import Category
from .listings import Listing
from .stock import Stock, StockMovement, StockReservation
from .wants import Want

__all__ = ["Category", "Listing", "Stock", "StockMovement", "StockReservation", "Want"]
