"""Up to four offers beside each other."""

from collections.abc import Sequence

from ..models import Listing

MOST = 4


def compared_listings(numbers: Sequence[str]) -> list[Listing]:
    """The offers on sale with these numbers, in the order asked for, at most four; others are left out."""
    wanted = list(dict.fromkeys(numbers))[:MOST]
    rows = Listing.objects.live().filter(no__in=wanted).select_related("seller", "category", "stock").defer("search", "wants_search")
    found = {row.no: row for row in rows}
    return [found[no] for no in wanted if no in found]
