"""Whether a saved search found an offer as an earlier version said it: the conditions of the market on a row that is no more (B12)."""

from django.db import connection

from ..models import Listing, SavedSearch
from ..search_rules import facet, one_of
from .alerts import asked_again
from .asking import Asking


def found_as_it_was(saved: SavedSearch, was: Listing) -> bool:
    """`was` holds the earlier version with its search columns as text, as `index_listing` writes them; it is never saved."""
    search = asked_again(saved)
    if not (was.ready_to_ship or not search.ready) or search.currency not in ("", None, was.currency):
        return False
    if search.have and not set(search.have).intersection(was.want_categories):
        return False
    low, high = search.price_min, search.price_max
    if (low is not None and was.price_minor < low) or (high is not None and was.price_minor > high):
        return False
    asking = Asking(search)
    if search.q and not asking.words:
        return False
    groups = [("c", search.categories), ("p", search.places), *((f"a.{code}", values) for code, values in search.attributes.items())]
    asked = [(was.search, one_of(facet(kind, value) for value in values)) for kind, values in groups if values]
    if asking.words:
        asked.append((was.search, asking.words.full))
    elif asking.given:
        asked.append((was.wants_search or "", asking.given))
    if not asked:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(said::tsvector @@ q::tsquery) FROM unnest(%s::text[], %s::text[]) AS t(said, q)",
            [[said for said, _q in asked], [q for _said, q in asked]],
        )
        return bool(cursor.fetchone()[0])
