from .attributes import add_attribute, change_attribute, retire_attribute
from .categories import add_category, change_category, delete_category, move_category, retire_category
from .closing import withdraw_everything
from .grants import grant_listing
from .imports import import_listings
from .index import index_listing, rank_of, reindex_listings, rerank_listings
from .listings import (
    create_listing,
    drop_change,
    expire_listing,
    renew_listing,
    revise_listing,
    submit_listing,
    withdraw_listing,
)
from .low_stock import tell_low_stock
from .media import keep_media
from .movement_papers import keep_movement_paper, movement_paper
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
from .reviews import approve_batch, approve_listing, reject_listing, take_listing_down
from .standing import set_standing
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, set_threshold, ship_stock
from .stock_counts import begin_count, book_count, cancel_count, enter_counts, import_counts
from .stock_exports import export_goods
from .stock_imports import import_stock
from .synonyms import drop_synonyms, set_synonyms
from .wants import close_want, post_want

__all__ = [
    "Wanted",
    "accept_reservation",
    "add_attribute",
    "add_category",
    "approve_batch",
    "approve_listing",
    "ask_reservation",
    "begin_count",
    "book_count",
    "cancel_count",
    "change_attribute",
    "change_category",
    "close_want",
    "create_listing",
    "decline_reservation",
    "delete_category",
    "drop_change",
    "drop_synonyms",
    "end_reservations_of",
    "enter_counts",
    "expire_listing",
    "expire_reservation",
    "export_goods",
    "grant_listing",
    "import_counts",
    "import_listings",
    "import_stock",
    "index_listing",
    "keep_media",
    "keep_movement_paper",
    "move_category",
    "move_stock",
    "movement_paper",
    "post_want",
    "rank_of",
    "reindex_listings",
    "reject_listing",
    "release_reservation",
    "release_stock",
    "renew_listing",
    "rerank_listings",
    "reserve_for_buyer",
    "reserve_stock",
    "retire_attribute",
    "retire_category",
    "return_stock",
    "revise_listing",
    "set_standing",
    "set_synonyms",
    "set_threshold",
    "ship_stock",
    "submit_listing",
    "take_listing_down",
    "tell_low_stock",
    "withdraw_everything",
    "withdraw_listing",
    "withdraw_reservation",
]
