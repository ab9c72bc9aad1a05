"""Which words stand in very many offers, as the database's own statistics say; counting them for each question would be dearer."""

from collections.abc import Mapping

from django.db import connection

from .tree import COUNT_CAP, fresh

SURE = 20  # so many times the cap: statistics of a sample are not off by that
STATISTICS = """
    SELECT s.attname, w.word FROM pg_stats s
    JOIN pg_class c ON c.relname = 'listing_newest' AND c.relkind = 'i'
    CROSS JOIN LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS w(word, share)
    WHERE s.schemaname = current_schema() AND s.tablename = 'catalog_listing' AND s.attname IN ('search', 'titles')
    AND w.word IS NOT NULL AND w.share * c.reltuples >= %s"""


def common_words() -> Mapping[str, frozenset[str]]:
    """The tokens that surely stand in more offers on sale than are counted, by column: "search" and "titles"."""
    return fresh("common words", _read)


def _read() -> dict[str, frozenset[str]]:
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS, [SURE * COUNT_CAP])
        found = cursor.fetchall()
    return {column: frozenset(word for name, word in found if name == column) for column in ("search", "titles")}
