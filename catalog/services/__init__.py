from .categories import add_category, change_category
from .closing import withdraw_everything
from .grants import grant_listing
from .index import index_listing, rank_of, reindex_listings, rerank_listings
from .listings import approve_listing, create_listing, reject_listing, revise_listing, submit_listing, withdraw_listing
from .photos import keep_photo
from .standing import set_standing
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, ship_stock
from .synonyms import drop_synonyms, set_synonyms
from .wants import close_want, post_want

__all__ = [
    "Wanted",
    "add_category",
    "approve_listing",
    "change_category",
    "close_want",
    "create_listing",
    "drop_synonyms",
    "grant_listing",
    "index_listing",
    "keep_photo",
    "move_stock",
    "post_want",
    "rank_of",
    "reindex_listings",
    "reject_listing",
    "release_stock",
    "rerank_listings",
    "reserve_stock",
    "return_stock",
    "revise_listing",
    "set_standing",
    "set_synonyms",
    "ship_stock",
    "submit_listing",
    "withdraw_everything",
    "withdraw_listing",
]
