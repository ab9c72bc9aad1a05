from .listings import (
    listing_counts,
    listing_for_review,
    listing_for_seller,
    live_listing,
    own_listings,
    public_photo,
    seen_listing,
    seller_page,
    similar_listings,
    tradable_listings,
)  # fmt: skip
from .market import OwnGoods, Result, Search, categories, category_counts, market_page, newest_listings, offered_by, own_goods
from .reviews import listings_in_review
from .stock import movements_of, own_stock
from .wants import open_wants, own_wants

__all__ = [
    "OwnGoods",
    "Result",
    "Search",
    "categories",
    "category_counts",
    "listing_counts",
    "listing_for_review",
    "listing_for_seller",
    "listings_in_review",
    "live_listing",
    "market_page",
    "movements_of",
    "newest_listings",
    "offered_by",
    "open_wants",
    "own_goods",
    "own_listings",
    "own_stock",
    "own_wants",
    "public_photo",
    "seen_listing",
    "seller_page",
    "similar_listings",
    "tradable_listings",
]  # fmt: skip
