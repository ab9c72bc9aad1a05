from .ads import Ad
from .campaigns import Campaign, CampaignLead, CampaignTouch
from .categories import Category
from .counters import AdDay, CampaignDay, ListingDay
from .grants import ListingUserObjectPermission
from .inquiries import Inquiry
from .listings import Listing
from .saved_searches import Alert, SavedSearch, SearchToken
from .stock import Stock, StockMovement, StockReservation
from .units import UNIT_NAMES, UNITS
from .wants import Want

__all__ = [
    "UNITS",
    "UNIT_NAMES",
    "Ad",
    "AdDay",
    "Alert",
    "Campaign",
    "CampaignDay",
    "CampaignLead",
    "CampaignTouch",
    "Category",
    "Inquiry",
    "Listing",
    "ListingDay",
    "ListingUserObjectPermission",
    "SavedSearch",
    "SearchToken",
    "Stock",
    "StockMovement",
    "StockReservation",
    "Want",
]
