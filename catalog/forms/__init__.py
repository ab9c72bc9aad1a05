from .ads import AdForm, RejectAdForm, StaffAdForm
from .alerts import ChangeSearchForm, SaveSearchForm
from .campaigns import CampaignForm
from .categories import AttributeForm, CategoryForm, MoveForm, NewAttributeForm, NewCategoryForm
from .files import CountBookForm, CountedForm, CountNewForm, CountSheetForm, ExportForm, GoodsSheetForm, SheetForm, StockExportForm
from .grants import GrantForm
from .inquiries import MessageForm, OfferForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .stock import MovementForm, ReservationForm, ThresholdForm, UntilForm
from .wants import HideForm, WantFilterForm, WantForm

__all__ = [
    "AdForm",
    "AttributeForm",
    "CampaignForm",
    "CategoryForm",
    "ChangeSearchForm",
    "CountBookForm",
    "CountNewForm",
    "CountSheetForm",
    "CountedForm",
    "ExportForm",
    "GoodsSheetForm",
    "GrantForm",
    "HideForm",
    "KeyedForm",
    "ListingForm",
    "MessageForm",
    "MoveForm",
    "MovementForm",
    "NewAttributeForm",
    "NewCategoryForm",
    "OfferForm",
    "RejectAdForm",
    "ReservationForm",
    "SaveSearchForm",
    "SheetForm",
    "StaffAdForm",
    "StockExportForm",
    "ThresholdForm",
    "UntilForm",
    "WantFilterForm",
    "WantForm",
    "new_key",
]
