from .categories import AttributeForm, CategoryForm, MoveForm, NewAttributeForm, NewCategoryForm
from .grants import GrantForm
from .keyed import KeyedForm, new_key
from .listings import ListingForm
from .stock import MovementForm
from .wants import WantForm

__all__ = [
    "AttributeForm", "CategoryForm", "GrantForm", "KeyedForm", "ListingForm", "MoveForm", "MovementForm", "NewAttributeForm",
    "NewCategoryForm", "WantForm", "new_key",
]  # fmt: skip
