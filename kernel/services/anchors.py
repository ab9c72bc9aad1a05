"""The ends of all hash chains, written outside the database once a day: what a rewritten or shortened chain is held against (P19).

One file of JSON lines a day, `000017-20261122T030000Z.jsonl`, mode 0600: first the file's number, its moment and the SHA-256 of the file
before it, then one line per chain with its length and its last hash. What was written since the newest file is not anchored yet.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction

from ..chains import PLATFORM
from ..clock import now
from ..facts import ChainHeadsKept
from ..models import ChainHead, ChainLink, Fact
from ..workdays import SHANGHAI
from .facts import hold_chains, record

NAME = re.compile(r"(\d{6,})-\d{8}T\d{6}Z\.jsonl")
LATE, BATCH = timedelta(days=2), 1000


def anchor_folder() -> Path:
    """Where anchors lie: `settings.CHAIN_HEADS_DIR`, better on another machine than the database."""
    return Path(settings.CHAIN_HEADS_DIR or Path(settings.MEDIA_ROOT) / "chain-heads")


def anchors(folder: Path | None = None) -> list[Path]:
    """The files there are, oldest first."""
    folder = folder or anchor_folder()
    return sorted((p for p in folder.iterdir() if NAME.fullmatch(p.name)), key=_number) if folder.is_dir() else []


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@transaction.atomic
def keep_chain_heads(*, actor, folder: Path | None = None, once_a_day: bool = False) -> Path | None:
    """Write the next anchor and return its path; None when `once_a_day` and today's (Beijing) is there.

    Without `folder` a fact says so on the platform's chain, and `settings.CHAIN_HEADS_MAIL` is sent its hash.
    """
    (platform,) = hold_chains([PLATFORM])  # two at once: the second one sees the file of the first
    place = folder or anchor_folder()
    there = anchors(place)
    if once_a_day and there and _at(there[-1])[:10] == _today():
        return None
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = _number(there[-1]) + 1 if there else 1
    head = {"number": number, "at": now().astimezone(SHANGHAI).isoformat(), "previous": _sha256(there[-1]) if there else "0" * 64}
    rows = list(ChainHead.objects.filter(seq__gt=0).order_by("chain").values("chain", "seq", "hash"))
    path = place / f"{number:06d}-{now():%Y%m%dT%H%M%SZ}.jsonl"
    body = "".join(json.dumps(line, sort_keys=True) + "\n" for line in [{**head, "chains": len(rows)}, *rows])
    _write(path, body)
    if folder is None:
        value = ChainHeadsKept(number=number, sha256=hashlib.sha256(body.encode()).hexdigest(), chains=len(rows))
        record(value, actor=actor, subject=platform, chains=[PLATFORM])
        if settings.CHAIN_HEADS_MAIL:
            # To a mailbox that the database's owner cannot reach: the hash of the file, which holds all others.
            words = (f"Chain heads {path.name}", f"{path.name}\n{value.sha256}\n", None, [settings.CHAIN_HEADS_MAIL])
            transaction.on_commit(lambda: send_mail(*words), robust=True)
    return path


def _today() -> str:
    return now().astimezone(SHANGHAI).date().isoformat()


def _write(path: Path, body: str) -> None:
    """Write a whole file or none, and never over another."""
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    finally:
        os.unlink(part)


def _at(path: Path) -> str:
    """When an anchor was written; by its name where it cannot be read: a damaged file never keeps the next one away."""
    try:
        with path.open() as file:
            return json.loads(file.readline())["at"]
    except (ValueError, KeyError, TypeError):
        written = datetime.strptime(path.stem.partition("-")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return written.astimezone(SHANGHAI).isoformat()


def _whole(path: Path) -> dict | None:
    """The first line of an anchor that has all its lines; None for one that was cut short or cannot be read."""
    try:
        first, *rows = path.read_text().splitlines(keepends=True)
        head = json.loads(first)
        return head if len(rows) == head["chains"] and all(row.endswith("\n") for row in (first, *rows)) else None
    except (ValueError, KeyError, TypeError):
        return None


def check_anchors(folder: Path | None = None, *, copy: bool = False) -> Iterator[dict]:
    """Hold the chains against the newest anchor, the anchors against each other and against the facts that name them.

    A `copy` was written with `--out`: no fact names its files.
    """
    there = anchors(folder)
    yield from _check_files(there)
    if not copy:
        yield from _check_told({_number(path): path for path in there})
    if there:
        yield from _check_chains(there[-1])


def damaged_anchors(folder: Path | None = None) -> list[str]:
    """The names of anchors that were cut short or cannot be read."""
    return [path.name for path in anchors(folder) if _whole(path) is None]


def _check_files(there: list[Path]) -> Iterator[dict]:
    previous = None
    for path in there:
        head = _whole(path)
        if head is None:
            yield {"anchor": path.name, "finding": "is damaged: cut short, or not to be read"}
        try:
            follows = previous is None or (head["number"] == _number(previous) + 1 and head["previous"] == _sha256(previous))
        except (KeyError, TypeError):
            follows = head is None  # has its finding; what follows it is held against its bytes all the same
        if not follows or (previous is None and _number(path) != 1):
            yield {"anchor": path.name, "finding": "does not follow the file before it: one was changed or taken away"}
        previous = path


def _check_told(there: dict[int, Path]) -> Iterator[dict]:
    """Every anchor that a fact names is there, unchanged; and the newest is not old while the days go on."""
    newest = None
    for fact in Fact.objects.filter(name=ChainHeadsKept.fact_name).order_by("id").iterator():  # type: ignore[attr-defined]
        newest, path = fact, there.get(fact.payload["number"])
        if path is None or _sha256(path) != fact.payload["sha256"]:
            yield {"anchor": fact.payload["number"], "finding": "was taken away" if path is None else "was changed"}
    if newest and newest.at < now() - LATE:
        yield {"finding": f"no anchor was written since {newest.at.isoformat()}: is beat running?"}


def _check_chains(path: Path) -> Iterator[dict]:
    with path.open() as file:
        try:
            next(file)
            rows = [(row["chain"], row["seq"], row["hash"]) for row in map(json.loads, file)]
        except (ValueError, KeyError, TypeError, StopIteration):
            yield {"anchor": path.name, "finding": "cannot be read"}
            return
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        kept = _links(some)
        for chain, seq, hashed in some:
            if (chain, seq) not in kept:
                yield {"chain": chain, "anchor": path.name, "finding": f"had {seq} links and has fewer: its end was taken away"}
            elif kept[chain, seq] != hashed:
                yield {"chain": chain, "anchor": path.name, "finding": f"was written anew at or before link {seq}"}


def _links(rows: list[tuple[str, int, str]]) -> dict[tuple[str, int], str]:
    table = ChainLink._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT chain, seq, hash FROM {table} JOIN unnest(%s::text[], %s::bigint[]) AS kept (chain, seq) USING (chain, seq)",  # noqa: S608
            [[chain for chain, _seq, _hash in rows], [seq for _chain, seq, _hash in rows]],
        )
        return {(chain, seq): hashed for chain, seq, hashed in cursor.fetchall()}
