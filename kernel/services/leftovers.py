"""Throwing away what has done its work, in small batches, safe beside itself. Facts, ledger and papers that belong to something stay."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from ..chains import PLATFORM
from ..clock import now
from ..facts import LeftoversSwept
from ..models import Delivery, Document, RequestKey
from .documents import path_of, private_folder, unbound
from .facts import hold_chains, record

BATCH = 500
# Days that each kind is kept; P6 asks a day of request keys. A file without a row waits aside before it goes: the row may be in a backup.
AGES = {"request_keys": 7, "deliveries": 30, "uploads": 1, "aside": 7}


def sweep_leftovers(*, actor) -> dict[str, int]:
    """Remove what is older than `settings.LEFTOVER_DAYS` and return how much of each kind; what another sweep holds is left to it."""
    removed = {
        "request_keys": _remove(RequestKey.objects.filter(created_at__lt=_before("request_keys"))),
        "deliveries": _remove(Delivery.objects.filter(done_at__lt=_before("deliveries"))),
        "uploads": _remove_uploads(),
        "sessions": _remove(Session.objects.filter(expire_date__lt=now())),
        "session_records": _remove(_sessions_gone()),
        "cache": _remove_cached(),
        "files_set_aside": _set_files_aside(),
        "files_removed": _remove_files(),
    }
    if any(removed.values()):
        with transaction.atomic():
            (head,) = hold_chains([PLATFORM])
            record(LeftoversSwept(removed=removed), actor=actor, subject=head, chains=[PLATFORM])
    return removed


def _before(kind: str) -> datetime:
    return now() - timedelta(days=max({**AGES, **settings.LEFTOVER_DAYS}[kind], 1))


def _remove(rows: QuerySet) -> int:
    removed, after = 0, None
    while True:
        with transaction.atomic():
            later = rows.filter(pk__gt=after) if after is not None else rows
            found = list(
                later.order_by("pk").select_for_update(skip_locked=True, of=("self",), no_key=True).values_list("pk", flat=True)[:BATCH]
            )
            removed += rows.model._default_manager.filter(pk__in=found).delete()[0]
        if len(found) < BATCH:
            return removed
        after = found[-1]


def _sessions_gone() -> QuerySet:
    """What the list of devices keeps (address, browser) about sessions that are no more."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    return UserSession.objects.filter(~Exists(alive), created_at__lt=_before("uploads"))


def _remove_uploads() -> int:
    removed, after, old = 0, 0, _before("uploads")
    while True:
        with transaction.atomic():
            drafts = unbound().filter(created_at__lt=old, pk__gt=after).order_by("pk")
            # The key too: one that somebody is binding now is passed over. No chain is held here, so nothing waits in a circle.
            locked = drafts.select_for_update(skip_locked=True, of=("self",), no_key=False)
            found = list(locked.values_list("pk", flat=True)[:BATCH])
            # Asked again with the rows locked: one that was bound a moment ago is nobody's leftover.
            gone = list(unbound().filter(pk__in=found))
            Document.objects.filter(pk__in=[document.pk for document in gone]).delete()
        for document in gone:
            path_of(document.token).unlink(missing_ok=True)  # after the commit; one that stays is an orphan and goes later
        removed += len(gone)
        if len(found) < BATCH:
            return removed
        after = found[-1]


def _remove_cached() -> int:
    """Expired rows of the cache that lives in the database."""
    table = getattr(caches["default"], "_table", None)
    if not table:
        return 0
    removed, name = 0, connection.ops.quote_name(table)
    statement = (
        f"DELETE FROM {name} WHERE cache_key IN"  # noqa: S608
        f" (SELECT cache_key FROM {name} WHERE expires < %s ORDER BY cache_key LIMIT {BATCH} FOR UPDATE SKIP LOCKED)"
    )
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [now()])
            removed += cursor.rowcount
            if cursor.rowcount < BATCH:
                return removed


def _aside() -> Path:
    return Path(settings.MEDIA_ROOT) / "aside"


def _old_files(folder: Path, old: datetime) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        try:
            if path.is_file() and path.stat().st_mtime < old.timestamp():
                yield path
        except FileNotFoundError:
            continue


def _set_files_aside() -> int:
    moved, files = 0, _old_files(private_folder(), _before("uploads"))
    while batch := list(islice(files, BATCH)):
        known = set(Document.objects.filter(token__in=[path.name for path in batch], erased_at=None).values_list("token", flat=True))
        for path in batch:
            if path.name not in known and _move_aside(path):
                moved += 1
    return moved


def _move_aside(path: Path) -> bool:
    _aside().mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.utime(path, (now().timestamp(), now().timestamp()))
        os.replace(path, _aside() / path.name)
    except FileNotFoundError:  # another sweep was faster
        return False
    return True


def _remove_files() -> int:
    removed = 0
    for path in _old_files(_aside(), _before("aside")):
        try:
            path.unlink()
            removed += 1
        except FileNotFoundError:
            continue
    return removed
