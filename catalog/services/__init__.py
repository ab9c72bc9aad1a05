from ..needs import Needs
from .ads import approve_ad, book_ad, end_ad, reject_ad
from .alerts import match_listing, send_digest
from .attributes import add_attribute, change_attribute, retire_attribute
from .campaigns import attribute, attribute_order, end_campaign, keep_touch, start_campaign
from .categories import add_category, change_category, delete_category, move_category, retire_category
from .closing import withdraw_everything
from .counters import count_inquiry, flush_counters, forget_counters, note
from .drafts import discard_draft
from .grants import grant_listing
from .imports import import_listings
from .index import index_listing, index_renamed, rank_of, reindex_listings, rerank_listings
from .inquiries import answer_inquiry, ask
from .leftovers import sweep_catalog
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
from .reports import decide_report, make_report, settle_reports
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
from .saved_searches import change_search, end_search, follow_firm, reindex_searches, save_search
from .standing import set_standing
from .stock import (
    Wanted,
    move_stock,
    release_stock,
    release_stock_part,
    reserve_stock,
    return_stock,
    set_threshold,
    ship_stock,
    split_stock,
)
from .stock_counts import begin_count, book_count, cancel_count, enter_counts, import_counts
from .stock_exports import export_goods
from .stock_imports import import_stock
from .stock_returns import split_shipped
from .synonyms import drop_synonyms, set_synonyms
from .wants import close_want, expire_want, hide_want, post_want, renew_want

__all__ = [
    "Needs",
    "Wanted",
    "accept_reservation",
    "add_attribute",
    "add_category",
    "answer_inquiry",
    "approve_ad",
    "approve_batch",
    "approve_listing",
    "ask",
    "ask_reservation",
    "attribute",
    "attribute_order",
    "begin_count",
    "book_ad",
    "book_count",
    "cancel_count",
    "change_attribute",
    "change_category",
    "change_search",
    "close_want",
    "count_inquiry",
    "create_listing",
    "decide_report",
    "decline_reservation",
    "delete_category",
    "discard_draft",
    "drop_change",
    "drop_synonyms",
    "end_ad",
    "end_campaign",
    "end_reservations_of",
    "end_search",
    "enter_counts",
    "expire_listing",
    "expire_reservation",
    "expire_want",
    "export_goods",
    "flush_counters",
    "follow_firm",
    "forget_counters",
    "grant_listing",
    "hide_want",
    "import_counts",
    "import_listings",
    "import_stock",
    "index_listing",
    "index_renamed",
    "keep_media",
    "keep_movement_paper",
    "keep_touch",
    "make_report",
    "match_listing",
    "move_category",
    "move_stock",
    "movement_paper",
    "note",
    "post_want",
    "rank_of",
    "reindex_listings",
    "reindex_searches",
    "reject_ad",
    "reject_listing",
    "release_reservation",
    "release_stock",
    "release_stock_part",
    "renew_listing",
    "renew_want",
    "rerank_listings",
    "reserve_for_buyer",
    "reserve_stock",
    "retire_attribute",
    "retire_category",
    "return_stock",
    "revise_listing",
    "save_search",
    "send_digest",
    "set_standing",
    "set_synonyms",
    "set_threshold",
    "settle_reports",
    "ship_stock",
    "split_shipped",
    "split_stock",
    "start_campaign",
    "submit_listing",
    "sweep_catalog",
    "take_listing_down",
    "tell_low_stock",
    "withdraw_everything",
    "withdraw_listing",
    "withdraw_reservation",
]
