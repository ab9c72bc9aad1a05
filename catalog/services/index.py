"""What search reads of a listing, kept beside it: written with the listing, and again for all of them by `manage.py reindex`."""

from collections.abc import Iterator

from django.db import transaction

from .. import search_rules
from ..models import Listing

COLUMNS = ["search", "wants_search"]


def index_listing(listing: Listing) -> None:
    """Fill the search columns of a listing that is about to be saved: titles weigh most, then specification, then the description."""
    seller, category = listing.seller, listing.category
    spec = " ".join(word for line in listing.spec for pair in line.values() for word in pair)
    listing.search = search_rules.vector(
        [
            (listing.title_zh, "A"), (listing.title_en, "A"), (spec, "B"), (f"{category.name_zh} {category.name_en}", "C"),
            (f"{seller.name} {seller.name_en} {listing.place} {listing.no}", "C"),
            (f"{listing.description_zh} {listing.description_en}"[:1500], "D"),
        ]
    ) or None  # fmt: skip
    listing.wants_search = search_rules.vector([(" ".join(listing.wants), "A")]) or None


def reindex_listings(*, batch: int = 2000, after: int = 0) -> Iterator[tuple[int, int]]:
    """Fill the search columns of every listing anew, a batch a transaction; yields (last listing's id, listings done) after each.

    A listing that is being changed at the same moment is waited for, so that what its seller wrote is what is found.
    """
    done = 0
    while True:
        with transaction.atomic():
            rows = Listing.objects.filter(pk__gt=after).select_for_update(of=("self",), no_key=True).order_by("pk")
            found = list(rows.select_related("seller", "category")[:batch])
            for listing in found:
                index_listing(listing)
            Listing.objects.bulk_update(found, COLUMNS, batch_size=500)
        if not found:
            return
        after, done = found[-1].pk, done + len(found)
        yield after, done
