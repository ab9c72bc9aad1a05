from .categories import Attribute, Category
from .counts import StockCount, StockCountLine
from .grants import ListingUserObjectPermission
from .listings import Listing
from .media import ListingMedia, Media, MediaFile
from .reservations import BuyerReservation
from .revisions import Revision
from .standing import SellerStanding
from .stock import Stock, StockMovement, StockReservation
from .synonyms import SynonymGroup
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Attribute",
    "BuyerReservation",
    "Category",
    "Listing",
    "ListingMedia",
    "ListingUserObjectPermission",
    "Media",
    "MediaFile",
    "Revision",
    "SellerStanding",
    "Stock",
    "StockCount",
    "StockCountLine",
    "StockMovement",
    "StockReservation",
    "SynonymGroup",
    "Want",
]
