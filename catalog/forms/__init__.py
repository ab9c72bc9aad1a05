from .categories import AttributeForm, CategoryForm, MoveForm, NewAttributeForm, NewCategoryForm
from .files import CountBookForm, CountedForm, CountNewForm, CountSheetForm, ExportForm, GoodsSheetForm, SheetForm, StockExportForm
from .grants import GrantForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .stock import MovementForm, ReservationForm, ThresholdForm, UntilForm
from .wants import WantForm

__all__ = [
    "AttributeForm",
    "CategoryForm",
    "CountBookForm",
    "CountNewForm",
    "CountSheetForm",
    "CountedForm",
    "ExportForm",
    "GoodsSheetForm",
    "GrantForm",
    "KeyedForm",
    "ListingForm",
    "MoveForm",
    "MovementForm",
    "NewAttributeForm",
    "NewCategoryForm",
    "ReservationForm",
    "SheetForm",
    "StockExportForm",
    "ThresholdForm",
    "UntilForm",
    "WantForm",
    "new_key",
]
