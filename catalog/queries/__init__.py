from .ads import ad_for_staff, ads_for_staff, followed_ad, may_advertise, own_ads, running_ads
from .alerts import offers_for, own_search, own_searches, searches_of_wants
from .campaigns import campaign_for_staff, campaign_report, running_campaign
from .categories import categories, category_counts, category_for_staff
from .comparison import compared_listings
from .firms import following, seller_page, shop_categories, shop_goods, shop_wants
from .grants import listing_to_grant
from .inquiries import inquiries_page, inquiry_about, inquiry_for, inquiry_messages
from .listings import (
    listing_counts,
    listing_for_review,
    listing_for_seller,
    live_listing,
    own_listings,
    own_tradable_listings,
    public_photo,
    seen_listing,
    similar_listings,
    tradable_listings,
)  # fmt: skip
from .market import OwnGoods, Result, Search, market_page, newest_listings, offered_by, own_goods
from .photos import draft_photo
from .reach import figures_of, reach_of, reach_report
from .reviews import review_queue
from .sitemaps import addresses, sitemap_parts
from .stock import movements_of, own_stock
from .wants import (
    covered_percent,
    fitting_goods,
    goods_given,
    may_post,
    open_wants,
    own_wants,
    owner_of_want,
    require_poster,
    seen_want,
    want_for_staff,
)

__all__ = [
    "OwnGoods",
    "Result",
    "Search",
    "ad_for_staff",
    "addresses",
    "ads_for_staff",
    "campaign_for_staff",
    "campaign_report",
    "categories",
    "category_counts",
    "category_for_staff",
    "compared_listings",
    "covered_percent",
    "draft_photo",
    "figures_of",
    "fitting_goods",
    "followed_ad",
    "following",
    "goods_given",
    "inquiries_page",
    "inquiry_about",
    "inquiry_for",
    "inquiry_messages",
    "listing_counts",
    "listing_for_review",
    "listing_for_seller",
    "listing_to_grant",
    "live_listing",
    "market_page",
    "may_advertise",
    "may_post",
    "movements_of",
    "newest_listings",
    "offered_by",
    "offers_for",
    "open_wants",
    "own_ads",
    "own_goods",
    "own_listings",
    "own_search",
    "own_searches",
    "own_stock",
    "own_tradable_listings",
    "own_wants",
    "owner_of_want",
    "public_photo",
    "reach_of",
    "reach_report",
    "require_poster",
    "review_queue",
    "running_ads",
    "running_campaign",
    "searches_of_wants",
    "seen_listing",
    "seen_want",
    "seller_page",
    "shop_categories",
    "shop_goods",
    "shop_wants",
    "similar_listings",
    "sitemap_parts",
    "tradable_listings",
    "want_for_staff",
]  # fmt: skip
