from ..needs import Needs
from .ads import approve_ad, book_ad, end_ad, reject_ad
from .alerts import match_listing, send_digest
from .campaigns import attribute, attribute_order, end_campaign, keep_touch, start_campaign
from .categories import add_category, change_category
from .closing import withdraw_everything
from .counters import count_inquiry, flush_counters, forget_counters, note
from .grants import grant_listing
from .inquiries import answer_inquiry, ask
from .listings import approve_listing, create_listing, reject_listing, revise_listing, submit_listing, withdraw_listing
from .photos import keep_photo
from .saved_searches import change_search, end_search, follow_firm, save_search
from .stock import Wanted, move_stock, release_stock, reserve_stock, return_stock, ship_stock
from .wants import close_want, expire_want, hide_want, post_want, renew_want

__all__ = [
    "Needs",
    "Wanted",
    "add_category",
    "answer_inquiry",
    "approve_ad",
    "approve_listing",
    "ask",
    "attribute",
    "attribute_order",
    "book_ad",
    "change_category",
    "change_search",
    "close_want",
    "count_inquiry",
    "create_listing",
    "end_ad",
    "end_campaign",
    "end_search",
    "expire_want",
    "flush_counters",
    "follow_firm",
    "forget_counters",
    "grant_listing",
    "hide_want",
    "keep_photo",
    "keep_touch",
    "match_listing",
    "move_stock",
    "note",
    "post_want",
    "reject_ad",
    "reject_listing",
    "release_stock",
    "renew_want",
    "reserve_stock",
    "return_stock",
    "revise_listing",
    "save_search",
    "send_digest",
    "ship_stock",
    "start_campaign",
    "submit_listing",
    "withdraw_everything",
    "withdraw_listing",
]
