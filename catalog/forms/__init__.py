from .ads import AdForm, RejectAdForm, StaffAdForm
from .alerts import ChangeSearchForm, SaveSearchForm, search_in
from .campaigns import CampaignForm
from .categories import CategoryForm, NewCategoryForm
from .grants import GrantForm
from .inquiries import MessageForm, OfferForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .stock import MovementForm
from .wants import HideForm, WantFilterForm, WantForm

__all__ = [
    "AdForm",
    "CampaignForm",
    "CategoryForm",
    "ChangeSearchForm",
    "GrantForm",
    "HideForm",
    "KeyedForm",
    "ListingForm",
    "MessageForm",
    "MovementForm",
    "NewCategoryForm",
    "OfferForm",
    "RejectAdForm",
    "SaveSearchForm",
    "StaffAdForm",
    "WantFilterForm",
    "WantForm",
    "new_key",
    "search_in",
]
