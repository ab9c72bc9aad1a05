"""Counters of exposure: collected in the process that answers, written by rows in the background, never in a request's transaction (C06).

What a process has collected and not written is lost when it is killed: at most FLUSH_SECONDS of showing and opening. Inquiries are
counted from their facts, each once. The same visitor reloading a page counts once in WINDOW_SECONDS; who that was is kept only as a
salted hash in memory, and only for that long.
"""

import atexit
import logging
import secrets
import threading
from collections import Counter
from collections.abc import Iterable
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate

from kernel.clock import now

from ..models import ListingDay
from ..queries.reach import guaranteed_among

log = logging.getLogger(__name__)
WINDOW_SECONDS, SEEN_MOST, WAITING_MOST, BATCH = 600, 100_000, 200_000, 500
_salt, _lock = secrets.token_bytes(16), threading.Lock()
_waiting: Counter = Counter()  # (kind, id, day) -> times
_seen: dict[int, float] = {}
_writer: threading.Thread | None = None
_wake = threading.Event()
TABLES = {
    "ad_shown": ("catalog_adday", "ad_id", "shown"), "ad_opened": ("catalog_adday", "ad_id", "opened"),
    "visit": ("catalog_campaignday", "campaign_id", "visits"),
}  # fmt: skip


def note(kind: str, ids: Iterable[int], *, visitor: str) -> int:
    """Count showings ("shown"), openings ("opened"), advertisements ("ad_shown", "ad_opened") or campaign visits ("visit") of these rows.

    `visitor` is any text that tells two visitors apart. Costs some microseconds and no query; returns how many counted.
    """
    day, moment, counted = localdate(now()), monotonic(), 0
    with _lock:
        for pk in ids:
            mark = hash((_salt, visitor, kind, pk))
            if moment - _seen.get(mark, -WINDOW_SECONDS) < WINDOW_SECONDS or len(_waiting) >= WAITING_MOST:
                continue
            _seen[mark] = moment
            _waiting[kind, pk, day] += 1
            counted += 1
        if len(_seen) > SEEN_MOST:
            _forget(moment)
    if counted:
        _begin()
    return counted


def _forget(moment: float) -> None:
    """Drop marks that ran out, and the older half when that is not enough."""
    for mark in [mark for mark, at in _seen.items() if moment - at >= WINDOW_SECONDS]:
        del _seen[mark]
    if len(_seen) > SEEN_MOST:
        for mark in list(_seen)[: SEEN_MOST // 2]:
            del _seen[mark]


def _begin() -> None:
    """Start the thread that writes, with the first thing there is to write."""
    global _writer
    if settings.COUNTERS_FLUSH_SECONDS and (_writer is None or not _writer.is_alive()):
        with _lock:
            if _writer is None or not _writer.is_alive():
                _writer = threading.Thread(target=_write_on, name="counters", daemon=True)
                _writer.start()
                atexit.register(_write_last)


def _write_on() -> None:
    while True:
        _wake.wait(settings.COUNTERS_FLUSH_SECONDS)
        _write_last()


def _write_last() -> None:
    try:
        flush_counters()
    except DatabaseError:
        log.warning("counters could not be written; they wait for the next time", exc_info=True)
    finally:
        connection.close()


def flush_counters() -> int:
    """Write what has been collected and return how many rows that was; when it fails nothing is lost and nothing counted twice."""
    with _lock:
        taken = dict(_waiting)
        _waiting.clear()
    try:
        with transaction.atomic():
            return _write(taken)
    except Exception:
        with _lock:
            _waiting.update(taken)
        raise


def _write(taken: dict) -> int:
    listings: dict[tuple, list[int]] = {}
    under = guaranteed_among({pk for kind, pk, _day in taken if kind in ("shown", "opened")})
    for (kind, pk, day), n in taken.items():
        if kind in ("shown", "opened") and pk in under:
            row = listings.setdefault((pk, day, under[pk]), [0, 0])
            row[kind == "opened"] += n
    _add_listing_days(listings)
    for kind, (table, column, counter) in TABLES.items():
        rows = sorted((pk, day, n) for (what, pk, day), n in taken.items() if what == kind)
        _add(table, column, counter, rows)
    return len(taken)


def _add_listing_days(rows: dict[tuple, list[int]]) -> None:
    """In the order of their keys, so that two processes that write at once never wait for each other in a circle."""
    ordered = sorted(rows)
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        values = [value for pk, day, on in part for value in (pk, day, on, *rows[pk, day, on])]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO catalog_listingday (listing_id, day, guaranteed, shown, opened, asked) VALUES "  # noqa: S608
                + ", ".join(["(%s, %s, %s, %s, %s, 0)"] * len(part))
                + " ON CONFLICT (listing_id, day, guaranteed) DO UPDATE SET shown = catalog_listingday.shown + excluded.shown,"
                " opened = catalog_listingday.opened + excluded.opened",
                values,
            )


def _add(table: str, column: str, counter: str, rows: list[tuple]) -> None:
    zero = {"catalog_adday": ("shown", "opened"), "catalog_campaignday": ("visits",)}[table]
    others = [name for name in zero if name != counter]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        names = ", ".join([column, "day", counter, *others])
        slots = "(%s, %s, %s" + ", 0" * len(others) + ")"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608
                + ", ".join([slots] * len(part))
                + f" ON CONFLICT ({column}, day) DO UPDATE SET {counter} = {table}.{counter} + excluded.{counter}",
                [value for row in part for value in row],
            )


@transaction.atomic
def count_inquiry(listing_id: int) -> None:
    """Count an inquiry about an offer; called once for each by the delivery of its fact."""
    under = guaranteed_among({listing_id}).get(listing_id, False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {ListingDay._meta.db_table} (listing_id, day, guaranteed, shown, opened, asked) VALUES (%s, %s, %s, 0, 0, 1)"  # noqa: S608
            " ON CONFLICT (listing_id, day, guaranteed) DO UPDATE SET asked = catalog_listingday.asked + 1",
            [listing_id, localdate(now()), under],
        )


def forget_counters() -> None:
    """Begin with nothing collected, as a new process does."""
    with _lock:
        _waiting.clear()
        _seen.clear()
