from .categories import categories, category_counts, category_for_staff
from .counts import SHEET_ROWS, count_lines, count_lines_named, count_progress, count_sheet, stock_count, stock_counts
from .grants import listing_to_grant
from .listings import (
    listing_counts,
    listing_for_review,
    listing_for_seller,
    live_listing,
    own_listings,
    own_tradable_listings,
    public_photo,
    seen_listing,
    seller_page,
    similar_listings,
    tradable_listings,
)  # fmt: skip
from .market import OwnGoods, Result, Search, market_page, newest_listings, offered_by, own_goods
from .photos import draft_photo
from .reservations import kept_for_parties, own_reservation, reservation_goods, reservations_given, reservations_had, reservations_of
from .reviews import review_queue
from .stock import goods_words, low_count, movements_of, own_stock
from .wants import may_post, open_wants, own_wants, require_poster

__all__ = [
    "SHEET_ROWS",
    "OwnGoods",
    "Result",
    "Search",
    "categories",
    "category_counts",
    "category_for_staff",
    "count_lines",
    "count_lines_named",
    "count_progress",
    "count_sheet",
    "draft_photo",
    "goods_words",
    "kept_for_parties",
    "listing_counts",
    "listing_for_review",
    "listing_for_seller",
    "listing_to_grant",
    "live_listing",
    "low_count",
    "market_page",
    "may_post",
    "movements_of",
    "newest_listings",
    "offered_by",
    "open_wants",
    "own_goods",
    "own_listings",
    "own_reservation",
    "own_stock",
    "own_tradable_listings",
    "own_wants",
    "public_photo",
    "require_poster",
    "reservation_goods",
    "reservations_given",
    "reservations_had",
    "reservations_of",
    "review_queue",
    "seen_listing",
    "seller_page",
    "similar_listings",
    "stock_count",
    "stock_counts",
    "tradable_listings",
]  # fmt: skip
