"""Numbers that people quote: a letter, the day in Beijing, and a sequence that never repeats."""

from django.db import connection

from ..clock import now
from ..workdays import SHANGHAI


def next_no(letter: str, *, sequence: str, day: str = "%y%m%d") -> str:
    """Draw the next number of a kind, for example C26112200017: gaps may occur, repeats may not.

    `sequence` names a PostgreSQL sequence of the caller's room; `day` is how the date is written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        (number,) = cursor.fetchone()
    return f"{letter}{now().astimezone(SHANGHAI):{day}}{number:05d}"
