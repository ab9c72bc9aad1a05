"""What a listing said before a change was approved, as a listing that is compared and never saved."""

from copy import copy

from ..models import Listing, Revision
from .checks import write_columns
from .index import index_listing


def version_before(listing: Listing, version: int) -> Listing | None:
    """The version that was in force when `version` was approved, with its search columns as text; None when none was kept."""
    applied = Revision.objects.filter(listing=listing, state="applied")
    decided = applied.filter(version=version).values("decided_at")[:1]
    rows = applied.exclude(version=version).filter(decided_at__lte=decided).select_related("category__parent__parent")
    kept = rows.order_by("-decided_at", "-version").first()
    if kept is None:
        return None
    earlier = copy(listing)
    terms = kept.said
    earlier.sku = terms.sku  # as it was: nothing is written
    write_columns(earlier, terms, kept.category)
    index_listing(earlier)
    return earlier
