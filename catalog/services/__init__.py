from .attributes import add_attribute, change_attribute, retire_attribute
from .categories import add_category, change_category, delete_category, move_category, retire_category
from .closing import withdraw_everything
from .grants import grant_listing
from .listings import (
    create_listing,
    drop_change,
    expire_listing,
    renew_listing,
    revise_listing,
    submit_listing,
    withdraw_listing,
)
from .media import keep_media
from .reviews import approve_batch, approve_listing, reject_listing, take_listing_down
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, ship_stock
from .wants import close_want, post_want

__all__ = [
    "Wanted",
    "add_attribute",
    "add_category",
    "approve_batch",
    "approve_listing",
    "change_attribute",
    "change_category",
    "close_want",
    "create_listing",
    "delete_category",
    "drop_change",
    "expire_listing",
    "grant_listing",
    "keep_media",
    "move_category",
    "move_stock",
    "post_want",
    "reject_listing",
    "release_stock",
    "renew_listing",
    "reserve_stock",
    "retire_attribute",
    "retire_category",
    "return_stock",
    "revise_listing",
    "ship_stock",
    "submit_listing",
    "take_listing_down",
    "withdraw_everything",
    "withdraw_listing",
]
