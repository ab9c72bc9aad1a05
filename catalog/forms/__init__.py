from .ads import AdForm, RejectAdForm, StaffAdForm
from .alerts import ChangeSearchForm, SaveSearchForm
from .campaigns import CampaignForm
from .categories import AttributeForm, CategoryForm, MoveForm, NewAttributeForm, NewCategoryForm
from .files import CountBookForm, CountedForm, CountNewForm, CountSheetForm, ExportForm, GoodsSheetForm, SheetForm, StockExportForm
from .grants import GrantForm
from .inquiries import MessageForm, OfferForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .reports import DecideReportForm, ReportForm, UpholdReportForm
from .stock import EndReservationForm, MovementForm, ReservationForm, StaffReservationForm, ThresholdForm, UntilForm
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
    "DecideReportForm",
    "EndReservationForm",
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
    "ReportForm",
    "ReservationForm",
    "SaveSearchForm",
    "SheetForm",
    "StaffAdForm",
    "StaffReservationForm",
    "StockExportForm",
    "ThresholdForm",
    "UntilForm",
    "UpholdReportForm",
    "WantFilterForm",
    "WantForm",
    "new_key",
]
