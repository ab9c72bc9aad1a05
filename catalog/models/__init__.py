from .categories import Category
from .grants import ListingUserObjectPermission
from .listings import Listing
from .standing import SellerStanding
from .stock import Stock, StockMovement, StockReservation
from .synonyms import SynonymGroup
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Category",
    "Listing",
    "ListingUserObjectPermission",
    "SellerStanding",
    "Stock",
    "StockMovement",
    "StockReservation",
    "SynonymGroup",
    "Want",
]
