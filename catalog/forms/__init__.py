from .categories import CategoryForm, NewCategoryForm
from .grants import GrantForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .stock import MovementForm
from .wants import WantForm

__all__ = ["CategoryForm", "GrantForm", "KeyedForm", "ListingForm", "MovementForm", "NewCategoryForm", "WantForm", "new_key"]
