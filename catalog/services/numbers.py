"""Numbers that people quote: a letter, the day in Beijing, and a sequence that never repeats."""

from django.db import connection
from django.utils import timezone

from kernel.clock import now

SEQUENCES = {"G": "catalog_listing_no", "W": "catalog_want_no"}


def next_no(letter: str) -> str:
    """Draw the next number of a kind: G listings, W requests; gaps may occur, repeats may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [SEQUENCES[letter]])
        (number,) = cursor.fetchone()
    return f"{letter}{timezone.localtime(now()):%y%m%d}{number:05d}"
