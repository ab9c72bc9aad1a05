from .ads import Ad
from .campaigns import Campaign, CampaignLead, CampaignTouch
from .categories import Attribute, Category
from .counters import AdDay, CampaignDay, ListingDay
from .counts import StockCount, StockCountLine
from .grants import ListingUserObjectPermission
from .inquiries import Inquiry
from .listings import Listing
from .media import ListingMedia, Media, MediaFile
from .reports import Report
from .reservations import BuyerReservation
from .revisions import Revision
from .saved_searches import Alert, SavedSearch, SearchToken
from .standing import SellerStanding
from .stock import Stock, StockMovement, StockReservation
from .synonyms import SynonymGroup
from .units import UNIT_NAMES, UNITS, unit_word
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Ad",
    "AdDay",
    "Alert",
    "Attribute",
    "BuyerReservation",
    "Campaign",
    "CampaignDay",
    "CampaignLead",
    "CampaignTouch",
    "Category",
    "Inquiry",
    "Listing",
    "ListingDay",
    "ListingMedia",
    "ListingUserObjectPermission",
    "Media",
    "MediaFile",
    "Report",
    "Revision",
    "SavedSearch",
    "SearchToken",
    "SellerStanding",
    "Stock",
    "StockCount",
    "StockCountLine",
    "StockMovement",
    "StockReservation",
    "SynonymGroup",
    "Want",
    "unit_word",
]
