from .listings import ListingForm
from .stock import MovementForm
from .wants import WantForm

__all__ = ["ListingForm", "MovementForm", "WantForm"]
