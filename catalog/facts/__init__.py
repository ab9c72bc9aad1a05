"""What happens in this room. Reserving, releasing and shipping stock are told by the order's own facts (see services/stock.py)."""

from dataclasses import field

from django.utils.translation import gettext_lazy as _

from kernel.facts import fact

from .campaigns import CampaignEnded as CampaignEnded
from .campaigns import CampaignStarted as CampaignStarted
from .reports import ReportDecided as ReportDecided
from .reports import ReportMade as ReportMade
from .search import IndexWentOn as IndexWentOn
from .search import MatchingWentOn as MatchingWentOn


@fact("catalog.listing_created", label=_("Listing drafted"))
class ListingCreated:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_changed", label=_("Listing changed"))
class ListingChanged:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.listing_submitted", label=_("Listing handed in for review"))
class ListingSubmitted:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_approved", label=_("Listing approved"))
class ListingApproved:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_rejected", label=_("Listing sent back"))
class ListingRejected:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_withdrawn", label=_("Listing withdrawn"))
class ListingWithdrawn:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_discarded", label=_("Draft deleted"))
class ListingDiscarded:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.revision_drafted", label=_("Change of a listing proposed"))
class RevisionDrafted:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.revision_submitted", label=_("Change of a listing handed in for review"))
class RevisionSubmitted:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.revision_approved", label=_("Change of a listing approved"))
class RevisionApproved:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.revision_rejected", label=_("Change of a listing sent back"))
class RevisionRejected:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.revision_dropped", label=_("Change of a listing given up"))
class RevisionDropped:
    listing_id: int
    no: str
    seller_id: int
    version: int


@fact("catalog.listing_renewed", label=_("Listing renewed"))
class ListingRenewed:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_expired", label=_("Listing ended"))
class ListingExpired:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.listing_taken_down", label=_("Listing taken down"))
class ListingTakenDown:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.stock_moved", label=_("Stock moved"))
class StockMoved:
    listing_id: int
    no: str
    kind: str
    quantity: str
    balance: str


@fact("catalog.listings_imported", label=_("Listings taken from a file"))
class ListingsImported:
    job_no: str
    seller_id: int
    created: int
    changed: int
    unchanged: int
    handed_in: int
    first_no: str
    last_no: str
    nos: list[str] = field(default_factory=list)  # the new ones: the log names the batch at each of them


@fact("catalog.stock_imported", label=_("Stock moved by a file"))
class StockImported:
    job_no: str
    seller_id: int
    moved: int


@fact("catalog.stock_ran_low", label=_("Stock ran low"))
class StockRanLow:
    listing_id: int
    no: str
    seller_id: int
    free: str
    low_at: str


@fact("catalog.stock_threshold_set", label=_("Low-stock threshold changed"))
class StockThresholdSet:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.reservation_asked", label=_("Reservation asked for"))
class ReservationAsked:
    reservation_id: int
    no: str
    listing_no: str
    seller_id: int
    buyer_id: int
    quantity: str


@fact("catalog.reservation_made", label=_("Goods reserved for a buyer"))
class ReservationMade:
    reservation_id: int
    no: str
    listing_no: str
    seller_id: int
    buyer_id: int
    quantity: str
    until: str


@fact("catalog.reservation_ended", label=_("Reservation for a buyer ended"))
class ReservationEnded:
    reservation_id: int
    no: str
    listing_no: str
    seller_id: int
    buyer_id: int
    how: str  # declined, withdrawn, released, expired
    rest: str


@fact("catalog.count_begun", label=_("Stock count begun"))
class CountBegun:
    count_id: int
    no: str
    seller_id: int
    listings: int


@fact("catalog.counted", label=_("Stock counted"))
class Counted:
    count_id: int
    no: str
    seller_id: int
    listings: int


@fact("catalog.count_booked", label=_("Differences of a stock count booked"))
class CountBooked:
    count_id: int
    no: str
    seller_id: int
    differences: int


@fact("catalog.count_ended", label=_("Stock count ended"))
class CountEnded:
    count_id: int
    no: str
    seller_id: int
    how: str


@fact("catalog.want_posted", label=_("Request posted"))
class WantPosted:
    want_id: int
    no: str
    enterprise_id: int | None  # none for a person who acts for no enterprise


@fact("catalog.want_closed", label=_("Request closed"))
class WantClosed:
    want_id: int
    no: str
    enterprise_id: int | None


@fact("catalog.category_added", label=_("Category added"))
class CategoryAdded:
    category_id: int
    code: str


@fact("catalog.category_changed", label=_("Category changed"))
class CategoryChanged:
    category_id: int
    code: str


@fact("catalog.listing_grants_set", label=_("Who sees a listing was changed"))
class ListingGrantsSet:
    listing_id: int
    no: str
    seller_id: int


@fact("catalog.category_moved", label=_("Category moved"))
class CategoryMoved:
    category_id: int
    code: str


@fact("catalog.category_retired", label=_("Category retired or restored"))
class CategoryRetired:
    category_id: int
    code: str
    retired: bool


@fact("catalog.category_deleted", label=_("Category deleted"))
class CategoryDeleted:
    category_id: int
    code: str


@fact("catalog.attribute_added", label=_("Attribute added"))
class AttributeAdded:
    attribute_id: int
    category: str
    code: str


@fact("catalog.attribute_changed", label=_("Attribute changed"))
class AttributeChanged:
    attribute_id: int
    category: str
    code: str


@fact("catalog.standing_set", label=_("Standing of a seller changed"))
class StandingSet:
    enterprise_id: int
    guarantee_active: bool
    line_minor: int  # US cents


@fact("catalog.synonyms_set", label=_("Synonyms changed"))
class SynonymsSet:
    group_id: int


@fact("catalog.want_renewed", label=_("Request renewed"))
class WantRenewed:
    want_id: int
    no: str
    enterprise_id: int | None


@fact("catalog.want_expired", label=_("Request ran out"))
class WantExpired:
    want_id: int
    no: str
    enterprise_id: int | None


@fact("catalog.want_hidden", label=_("Request taken down"))
class WantHidden:
    want_id: int
    no: str
    enterprise_id: int | None


@fact("catalog.search_saved", label=_("Search saved"))
class SearchSaved:
    search_id: int
    kind: str


@fact("catalog.search_changed", label=_("Saved search changed"))
class SearchChanged:
    search_id: int


@fact("catalog.search_ended", label=_("Saved search removed"))
class SearchEnded:
    search_id: int


@fact("catalog.inquiry_made", label=_("Inquiry made"))
class InquiryMade:
    inquiry_id: int
    no: str
    asker_id: int
    owner_id: int
    listing_id: int | None
    want_id: int | None


@fact("catalog.inquiry_answered", label=_("Message on an inquiry"))
class InquiryAnswered:
    inquiry_id: int
    no: str
    from_id: int
    to_id: int


@fact("catalog.ad_booked", label=_("Advertisement handed in"))
class AdBooked:
    ad_id: int
    no: str
    enterprise_id: int


@fact("catalog.ad_approved", label=_("Advertisement approved"))
class AdApproved:
    ad_id: int
    no: str
    enterprise_id: int


@fact("catalog.ad_rejected", label=_("Advertisement sent back"))
class AdRejected:
    ad_id: int
    no: str
    enterprise_id: int


@fact("catalog.ad_ended", label=_("Advertisement ended"))
class AdEnded:
    ad_id: int
    no: str
    enterprise_id: int
