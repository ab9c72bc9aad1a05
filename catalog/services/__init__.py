from .categories import add_category, change_category
from .closing import withdraw_everything
from .grants import grant_listing
from .imports import import_listings
from .listings import approve_listing, create_listing, reject_listing, revise_listing, submit_listing, withdraw_listing
from .photos import keep_photo
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, ship_stock
from .wants import close_want, post_want

__all__ = [
    "Wanted",
    "add_category",
    "approve_listing",
    "change_category",
    "close_want",
    "create_listing",
    "grant_listing",
    "import_listings",
    "keep_photo",
    "move_stock",
    "post_want",
    "reject_listing",
    "release_stock",
    "reserve_stock",
    "return_stock",
    "revise_listing",
    "ship_stock",
    "submit_listing",
    "withdraw_everything",
    "withdraw_listing",
]
