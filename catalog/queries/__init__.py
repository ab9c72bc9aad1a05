from .asking import Search, facet_attributes
from .categories import categories, category_counts, category_for_staff
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
from .market import Result, market_page, newest_listings, offered_by
from .own_goods import OwnGoods, own_goods
from .photos import draft_photo
from .reviews import review_queue
from .standing import standing_for_staff, standing_of, standings, synonym_group
from .stock import movements_of, own_stock
from .tree import Tree, category_tree, subtree_counts
from .wants import may_post, open_wants, own_wants, require_poster

__all__ = [
    "OwnGoods",
    "Result",
    "Search",
    "Tree",
    "categories",
    "category_counts",
    "category_for_staff",
    "category_tree",
    "draft_photo",
    "facet_attributes",
    "listing_counts",
    "listing_for_review",
    "listing_for_seller",
    "listing_to_grant",
    "live_listing",
    "market_page",
    "may_post",
    "movements_of",
    "newest_listings",
    "offered_by",
    "open_wants",
    "own_goods",
    "own_listings",
    "own_stock",
    "own_tradable_listings",
    "own_wants",
    "public_photo",
    "require_poster",
    "review_queue",
    "seen_listing",
    "seller_page",
    "similar_listings",
    "standing_for_staff",
    "standing_of",
    "standings",
    "subtree_counts",
    "synonym_group",
    "tradable_listings",
]  # fmt: skip
