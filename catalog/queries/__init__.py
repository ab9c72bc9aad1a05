from .asking import Search, facet_attributes
from .categories import (
    attribute_for_staff,
    categories,
    category_at,
    category_by_code,
    category_counts,
    category_for_staff,
    category_tree,
    possible_parents,
    subtree_codes,
    way_to,
)  # fmt: skip
from .grants import listing_to_grant
from .listings import (
    listing_counts,
    listing_for_review,
    listing_for_seller,
    listing_that_ends,
    live_listing,
    own_listings,
    own_tradable_listings,
    seen_listing,
    seller_page,
    similar_listings,
    tradable_listings,
)  # fmt: skip
from .market import Result, market_page, newest_listings, offered_by
from .media import kept_media, media_shown
from .own_goods import OwnGoods, own_goods
from .reviews import batches_of, review_queue, waiting_batch
from .schemas import attributes_of, schema_of
from .standing import standing_for_staff, standing_of, standings, synonym_group
from .stock import movements_of, own_stock
from .tree import Tree, market_tree, subtree_counts
from .versions import LABELS, open_revision_of, proposed_changes, side_by_side, versions_of, what_changed
from .wants import may_post, open_wants, own_wants, require_poster

__all__ = [
    "LABELS",
    "OwnGoods",
    "Result",
    "Search",
    "Tree",
    "attribute_for_staff",
    "attributes_of",
    "batches_of",
    "categories",
    "category_at",
    "category_by_code",
    "category_counts",
    "category_for_staff",
    "category_tree",
    "facet_attributes",
    "kept_media",
    "listing_counts",
    "listing_for_review",
    "listing_for_seller",
    "listing_that_ends",
    "listing_to_grant",
    "live_listing",
    "market_page",
    "market_tree",
    "may_post",
    "media_shown",
    "movements_of",
    "newest_listings",
    "offered_by",
    "open_revision_of",
    "open_wants",
    "own_goods",
    "own_listings",
    "own_stock",
    "own_tradable_listings",
    "own_wants",
    "possible_parents",
    "proposed_changes",
    "require_poster",
    "review_queue",
    "schema_of",
    "seen_listing",
    "seller_page",
    "side_by_side",
    "similar_listings",
    "standing_for_staff",
    "standing_of",
    "standings",
    "subtree_codes",
    "subtree_counts",
    "synonym_group",
    "tradable_listings",
    "versions_of",
    "waiting_batch",
    "way_to",
    "what_changed",
]  # fmt: skip
