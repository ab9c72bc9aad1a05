from .categories import add_category, change_category
from .closing import withdraw_everything
from .grants import grant_listing
from .imports import import_listings
from .listings import approve_listing, create_listing, reject_listing, revise_listing, submit_listing, withdraw_listing
from .low_stock import tell_low_stock
from .movement_papers import keep_movement_paper, movement_paper
from .photos import keep_photo
from .reservations import (
    accept_reservation,
    ask_reservation,
    decline_reservation,
    end_reservations_of,
    expire_reservation,
    release_reservation,
    reserve_for_buyer,
    withdraw_reservation,
)
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, set_threshold, ship_stock
from .stock_counts import begin_count, book_count, cancel_count, enter_counts, import_counts
from .stock_exports import export_goods
from .stock_imports import import_stock
from .wants import close_want, post_want

__all__ = [
    "Wanted",
    "accept_reservation",
    "add_category",
    "approve_listing",
    "ask_reservation",
    "begin_count",
    "book_count",
    "cancel_count",
    "change_category",
    "close_want",
    "create_listing",
    "decline_reservation",
    "end_reservations_of",
    "enter_counts",
    "expire_reservation",
    "export_goods",
    "grant_listing",
    "import_counts",
    "import_listings",
    "import_stock",
    "keep_movement_paper",
    "keep_photo",
    "move_stock",
    "movement_paper",
    "post_want",
    "reject_listing",
    "release_reservation",
    "release_stock",
    "reserve_for_buyer",
    "reserve_stock",
    "return_stock",
    "revise_listing",
    "set_threshold",
    "ship_stock",
    "submit_listing",
    "tell_low_stock",
    "withdraw_everything",
    "withdraw_listing",
    "withdraw_reservation",
]
