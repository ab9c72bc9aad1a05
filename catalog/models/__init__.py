from .categories import Attribute, Category
from .grants import ListingUserObjectPermission
from .listings import Listing
from .media import ListingMedia, Media, MediaFile
from .revisions import Revision
from .stock import Stock, StockMovement, StockReservation
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Attribute",
    "Category",
    "Listing",
    "ListingMedia",
    "ListingUserObjectPermission",
    "Media",
    "MediaFile",
    "Revision",
    "Stock",
    "StockMovement",
    "StockReservation",
    "Want",
]
