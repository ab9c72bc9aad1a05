"""What search engines are told of: only what everybody may see, in parts by ranges of ids, so that a part costs a range scan (H56)."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from accounts.models import Enterprise

from ..models import Listing, Want

SPAN = 25_000  # ids of one part; each address stands in two languages, so that a part holds at most 50,000
KINDS = ("offers", "firms", "requests")
PARTS = {
    "offers": (
        "catalog_listing",
        "SELECT 1 FROM catalog_listing l JOIN accounts_enterprise e ON e.id = l.seller_id"
        " WHERE l.id >= n * %(span)s AND l.id < (n + 1) * %(span)s AND l.state = 'live' AND e.state = 'verified'",
    ),
    "firms": (
        "accounts_enterprise",
        "SELECT 1 FROM accounts_enterprise e WHERE e.id >= n * %(span)s AND e.id < (n + 1) * %(span)s AND e.state = 'verified'",
    ),
    "requests": (
        "catalog_want",
        "SELECT 1 FROM catalog_want w WHERE w.id >= n * %(span)s AND w.id < (n + 1) * %(span)s AND w.state = 'open'",
    ),
}


def sitemap_parts() -> list[tuple[str, int]]:
    """The parts that hold anything: (kind, number); one short probe for each span of ids, whatever is in it."""
    found = []
    with connection.cursor() as cursor:
        for kind in KINDS:
            table, probe = PARTS[kind]
            cursor.execute(
                f"SELECT n FROM generate_series(0, (SELECT coalesce(max(id), 0) / %(span)s FROM {table})) n"  # noqa: S608
                f" WHERE EXISTS ({probe}) ORDER BY n",
                {"span": SPAN},
            )
            found += [(kind, row[0]) for row in cursor.fetchall()]
    return found


def addresses(kind: str, part: int) -> Iterator[tuple[str, datetime | None]]:
    """The public rows of one part: (number or handle, when it was last published)."""
    rows = {
        "offers": lambda: Listing.objects.live().values_list("no", "published_at"),
        "firms": lambda: Enterprise.objects.verified().values_list("handle", "verified_at"),
        "requests": lambda: Want.objects.open().values_list("no", "created_at"),
    }[kind]()
    return rows.filter(pk__gte=part * SPAN, pk__lt=(part + 1) * SPAN).order_by("pk").iterator(chunk_size=5000)
