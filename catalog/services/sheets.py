"""Files of goods and stock as jobs: checked when they are handed in, cut into batches, each batch read with the columns of its kind."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kernel.jobs import Begun
from kernel.models import Job
from kernel.queries import job_of_key, same_file
from kernel.refusals import Refusal
from kernel.services import put_part, read_document, request_job, take_part
from kernel.tables import CSV, XLSX, read_table
from kernel.uploads import clean_name

from ..columns import Column, bound, columns_of

BATCH = 5000


def hand_in_sheet(
    kind: str, table: Sequence[Column], *, actor, body: bytes, file_name: str, args: dict, request_key: str, once: bool,
    owner_chain: str = "",
) -> Job:  # fmt: skip
    """Ask for the import of a file; what can be seen at its first row is refused at once, with `fields`.

    A file that was taken to its end already is refused when `once`; one that broke off goes on where it stopped.
    Raises Refusal table_…, header_unknown, same_file, jobs_waiting.
    """
    name = clean_name(file_name)
    try:
        read = read_table(body, name)
        columns_of(read.header, table)
        if next(read.rows, None) is None:
            raise Refusal("table_empty", _("Below its first row the file is empty."))
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, fields={"file": refusal.message}) from refusal
    chain = owner_chain or actor.acting_for
    if not args.get("check_only"):
        args = args | _went_before(chain, kind, hashlib.sha256(body).hexdigest(), args, once=once, request_key=request_key)
    content_type = XLSX if name.lower().endswith(".xlsx") else CSV
    return request_job(
        kind, actor=actor, args=args, request_key=request_key, owner_chain=owner_chain, body=body, file_name=name, content_type=content_type
    )  # fmt: skip


def _went_before(chain: str, kind: str, sha256: str, args: dict, *, once: bool, request_key: str) -> dict:
    """Where an import of the same file broke off; raises Refusal("same_file") for one that did not."""
    earlier = same_file(chain, kind, sha256, args={key: value for key, value in args.items() if key != "hand_in"})
    if earlier is None:
        return {}
    if job_of_key(request_key) == earlier.pk:  # the same form once more: it answers the same (P6)
        return {name: earlier.args[name] for name in ("skip",) if name in earlier.args}
    if earlier.open:
        raise _same(_("This file is being imported already: job %(no)s.") % {"no": earlier.no}, earlier)
    if earlier.state == "finished":
        if once:
            raise _same(_("This file was imported already, nothing of it was done again: job %(no)s.") % {"no": earlier.no}, earlier)
        return {}
    return {"skip": earlier.done + earlier.args.get("skip", 0)} if earlier.done else {}


def _same(text, earlier: Job) -> Refusal:
    return Refusal("same_file", text, fields={"file": text}, job=earlier.no)


def cut_rows(job: Job, table: Sequence[Column], *, once: str = "") -> Begun:
    """Read a job's file, leave its rows as parts of BATCH rows, and keep its columns; a value of column `once` may occur in one row only.

    Raises Refusal table_…, header_unknown.
    """
    assert job.document is not None  # its file stays until it has ended
    read = read_table(read_document(job.document), job.document.file_name)
    columns = columns_of(read.header, table)
    place = next((n for n, column in enumerate(columns) if column is not None and column.name == once), None)
    names = [column.name if column is not None else "" for column in columns]
    seen: dict[str, int] = {}
    skip, total, batches, part = job.args.get("skip", 0), 0, 0, []
    for number, cells in read.rows:
        value = cells[place] if place is not None and place < len(cells) else ""
        before = seen.setdefault(value, number) if value else number
        if skip > 0:
            skip -= 1
            continue
        part.append([number, cells, before if before != number else 0])
        total += 1
        if len(part) == BATCH:
            put_part(job, batches, _packed(part))
            batches, part = batches + 1, []
    if part:
        put_part(job, batches, _packed(part))
        batches += 1
    job.args["columns"] = names
    Job.objects.filter(pk=job.pk).update(args=job.args)
    return Begun(total, batches)


def _packed(part: list) -> bytes:
    return zlib.compress(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1)


def batch_of(job: Job, number: int) -> list:
    """The rows of one batch: [number in the file, cells, number of an earlier row with the same key or 0]."""
    return json.loads(zlib.decompress(take_part(job, number)))


def columns_in(job: Job, table: Sequence[Column]) -> list[Column | None]:
    """The columns of a job's file, ready to read a batch."""
    known = {column.name: column for column in table}
    return bound(known.get(name) for name in job.args["columns"])


def header_of(job: Job, table: Sequence[Column]) -> list[str]:
    """The heads of a job's file in its language, for the sheet of refused rows."""
    known = {column.name: column for column in table}
    return [str(known[name].label) for name in job.args.get("columns", []) if name]


def cells_of(job: Job, cells: Sequence[str]) -> list[str]:
    """The cells of a row without the column of reasons that it came with."""
    names = job.args["columns"]
    return [cells[n] if n < len(cells) else "" for n, name in enumerate(names) if name]


def template(table: Sequence[Column], language: str) -> Iterator[list[str]]:
    """The first rows of a file to fill in: heads, and one example."""
    with translation.override(language):
        yield [str(column.label) for column in table]
        yield [column.example for column in table]


def goods_named(rows, names: set[str]) -> dict[str, list]:
    """Listings by their number or the seller's own article number, among `rows`."""
    found: dict[str, list] = {}
    for listing in rows.filter(Q(no__in=names) | Q(sku__in=names)).defer("search", "titles", "wants_search"):
        for name in {listing.no, listing.sku} & names:
            found.setdefault(name, []).append(listing)
    return found
