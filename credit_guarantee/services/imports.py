"""Statement files as a job: read whole or refused whole, then booked batch by batch; rights are read again at each step (H27, P9, P14)."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import require_staff
from kernel.chains import PLATFORM
from kernel.clock import now
from kernel.jobs import Begun, RowRefused, Step
from kernel.models import Document, Job
from kernel.money import Money
from kernel.refusals import NotFound, Refusal
from kernel.services import (
    claim_key,
    lock,
    move,
    next_no,
    put_part,
    read_document,
    record,
    request_job,
    store_bytes,
    take_part,
)
from kernel.uploads import clean_name

from ..bank import designated_account
from ..facts import StatementBooked, StatementFileRefused
from ..models import BankStatement, StatementEntry, StatementFile
from ..permissions import IMPORT_STATEMENT, VIEW_STATEMENTS
from ..statements import Booking, Problem, Statement, StatementRefused, read_statements, sheet_rows
from ..statements.sheets import MAX_BYTES
from .custody import one_desk
from .matching import book_batch
from .recognition import doubtful_from, missing_from
from .sequence import gap_problems

KIND = "credit_guarantee.statement_import"
BATCH = 200  # bookings in one transaction: the companies among them wait for no more than that
KEPT_PROBLEMS = 500


@transaction.atomic
def import_statement(*, currency: str, body: bytes, file_name: str, actor, request_key: str) -> StatementFile:
    """Take a statement file of the custodian's account in a currency and have a job read and book it; the same key answers the same file.

    Raises Denied, Refusal no_account, empty, too_large, same_file (it was read before, or is being read), jobs_waiting, key_reused.
    """
    require_staff(actor, IMPORT_STATEMENT)
    account = designated_account(currency)
    if account is None:
        raise Refusal("no_account", _("The custodian has no account in this currency."))
    if not body.strip():
        raise Refusal("empty", _("The file is empty."))
    if len(body) > MAX_BYTES:
        raise Refusal("too_large", _("The file is larger than a statement can be."))
    made_of = hashlib.sha256(body).hexdigest()
    claim = claim_key(request_key, verb=KIND, actor=actor, inputs={"currency": currency, "file": made_of})
    if claim.result_id:
        return StatementFile.objects.get(pk=claim.result_id)
    one_desk(currency)
    earlier = StatementFile.objects.filter(account_no=account.number, sha256=made_of).exclude(state="refused").first()
    if earlier is not None:
        raise Refusal("same_file", _("This file was handed in before: %(no)s. Nothing of it was booked again.") % {"no": earlier.no})
    document = store_bytes(
        body, file_name=clean_name(file_name), content_type="application/octet-stream", purpose="credit_guarantee.statement",
        owner_chain=PLATFORM, actor=actor,
    )  # fmt: skip
    file = StatementFile.objects.create(
        no=next_no("B", sequence="credit_guarantee_statement_no"), account_no=account.number, currency=currency, document=document,
        sha256=made_of, asked_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    file.job = request_job(KIND, actor=actor, args={"statement_file": file.pk}, request_key=f"{request_key[:60]}-job", owner_chain=PLATFORM)
    file.save(update_fields=["job"])
    claim.done(file.pk)
    return file


def begin_import(job: Job, *, actor) -> Begun:
    """Read the file and cut its bookings into batches; a file that is wrong anywhere leaves nothing but its problems."""
    file = StatementFile.objects.select_related("document").get(pk=job.args["statement_file"])
    account = designated_account(file.currency)
    assert account is not None  # it was there when the file was taken
    one_desk(file.currency)
    body = read_document(file.document)
    try:
        found = read_statements(body, account=account.number, currency=file.currency, virtual_prefix=account.virtual_prefix)
        if problems := gap_problems(file, found):
            raise StatementRefused(problems)
    except StatementRefused as refused:
        _refuse(file, body, refused.problems, job, actor)
        return Begun(len({p.row for p in refused.problems}), 1)
    number, counted = 0, 0
    for statement in found:
        if statement.format != "sheet":  # a message has no rows: its bookings are counted through the file
            statement = replace(statement, bookings=[replace(b, row=counted + n) for n, b in enumerate(statement.bookings, start=1)])
        counted += len(statement.bookings)
        row = _statement(file, statement)
        odd = doubtful_from(row, statement.bookings)
        doubt = odd.isoformat() if odd else ""
        for at in range(0, max(1, len(statement.bookings)), BATCH):
            part = statement.bookings[at : at + BATCH]
            put_part(job, number, _packed({"statement": row.pk, "doubt": doubt, "bookings": [_plain(b) for b in part]}))
            number += 1
    return Begun(sum(len(s.bookings) for s in found), number)


def _statement(file: StatementFile, statement: Statement) -> BankStatement:
    bookings = statement.bookings
    moments = [b.at for b in bookings] or [now()]
    return BankStatement.objects.create(
        file=file, account_no=file.account_no, currency=file.currency, format=statement.format, number=statement.number[:35],
        opening_minor=None if statement.opening is None else statement.opening.minor,
        closing_minor=None if statement.closing is None else statement.closing.minor,
        first_at=min(moments), last_at=max(moments), lines=len(bookings),
        in_minor=sum(b.amount.minor for b in bookings if b.into), out_minor=sum(b.amount.minor for b in bookings if not b.into),
        created_at=now(),
    )  # fmt: skip


def _refuse(file: StatementFile, body: bytes, problems: Sequence[Problem], job: Job, actor) -> None:
    file = lock(StatementFile.objects.all(), pk=file.pk)
    kept = [[p.row, str(p.text)] for p in problems[:KEPT_PROBLEMS]]
    move(file, "refuse", problems=kept, ended_at=now())
    cells, header = _cells(body, {p.row for p in problems})
    Job.objects.filter(pk=job.pk).update(args=job.args | {"header": header})
    whys: dict[int, list[str]] = {}
    for problem in problems:
        whys.setdefault(problem.row, []).append(str(problem.text))
    put_part(job, 0, _packed({"refused": [[row, cells.get(row, []), texts] for row, texts in sorted(whys.items())]}))
    record(StatementFileRefused(file_id=file.pk, no=file.no, problems=len(problems)), actor=actor, subject=file, chains=[PLATFORM])


def _cells(body: bytes, wanted: set[int]) -> tuple[dict[int, list[str]], list[str]]:
    """The cells of the rows that are named, as they came, and the heads above them; nothing for messages, which have no rows."""
    try:
        rows = sheet_rows(body)
    except StatementRefused:
        return {}, []
    header = next((row for row in rows[:10] if sum(1 for cell in row if cell) >= 3), [])
    return {n: row for n, row in enumerate(rows, start=1) if n in wanted}, header


def import_batch(job: Job, number: int, *, actor) -> Step:
    """Book one batch; the rows of a file that was refused whole are named instead."""
    part = json.loads(zlib.decompress(take_part(job, number)))
    if "refused" in part:
        rows = [RowRefused(row, cells, texts) for row, cells, texts in part["refused"]]
        return Step(done=len(rows), refused=rows)
    statement = BankStatement.objects.select_related("file").get(pk=part["statement"])
    one_desk(statement.currency)
    bookings = [_booking(b, statement.currency) for b in part["bookings"]]
    doubt = datetime.fromisoformat(part["doubt"]) if part["doubt"] else None
    booked = book_batch(statement, bookings, actor=actor, doubt=doubt)
    named = [RowRefused(b.row, [f"{b.at:%Y-%m-%d %H:%M}", str(b.amount), b.name, b.text], [text]) for b, text in booked.named]
    return Step(done=len(bookings), counts=booked.counts, refused=named)


def finish_import(job: Job, *, actor) -> None:
    """Close a file that was booked, and name what is in the books and yet missing from it."""
    file = lock(StatementFile.objects.all(), pk=job.args["statement_file"])
    if file.state != "reading":
        return
    one_desk(file.currency)
    missing = []
    for statement in file.statements.all():
        missing += missing_from(statement, _fingerprints(file, statement))
    lost = _("%(no)s of %(amount)s is in the books and missing from this file.")
    kept = [[0, lost % {"no": entry.no, "amount": entry.amount}] for entry in missing[:KEPT_PROBLEMS]]
    move(file, "book", problems=kept, ended_at=now())
    counts = {name: job.counts.get(name, 0) for name in ("waiting", "doubtful")}
    record(StatementBooked(file_id=file.pk, no=file.no, lines=job.done, **counts), actor=actor, subject=file, chains=[PLATFORM])


@transaction.atomic
def give_up_import(job_id: int) -> None:
    """Close the file of a job that was given up or stopped: what was booked stays, and the same file may be handed in again."""
    file = lock(StatementFile.objects.all(), job_id=job_id)
    if file.state == "reading":
        text = _("The import broke off. Hand the file in again: what is booked already is recognised.")
        move(file, "refuse", problems=[[0, text]], ended_at=now())


def _fingerprints(file: StatementFile, statement: BankStatement) -> set[str]:
    """What a statement holds, read again: rows known from an earlier file were not written for this one."""
    account = designated_account(file.currency)
    assert account is not None
    overlap = StatementEntry.objects.filter(account_no=file.account_no, at__gt=statement.first_at, at__lt=statement.last_at)
    if not overlap.exclude(statement__file=file).exists():
        return set(overlap.values_list("fingerprint", flat=True))  # nobody else's entries: none can be missing
    body = read_document(file.document)
    found = read_statements(body, account=account.number, currency=file.currency, virtual_prefix=account.virtual_prefix)
    return {booking.fingerprint for read in found for booking in read.bookings}


def original_of(file_id: int, *, actor) -> Document:
    """A statement file as it was handed in, to be downloaded; raises Denied, NotFound."""
    require_staff(actor, VIEW_STATEMENTS)
    file = StatementFile.objects.select_related("document").filter(pk=file_id).first()
    if file is None:
        raise NotFound()
    return file.document


def refused_rows(file_id: int, *, actor) -> Document:
    """The sheet of the rows that an import did not take; raises Denied, NotFound (also when its days are over)."""
    require_staff(actor, IMPORT_STATEMENT)
    file = StatementFile.objects.select_related("job__refused").filter(pk=file_id).first()
    if file is None or file.job is None or file.job.refused is None:
        raise NotFound()
    return file.job.refused


# ---------- between steps ----------


def _packed(value) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1)


def _plain(booking: Booking) -> dict:
    values = asdict(booking) | {"at": booking.at.isoformat(), "amount": booking.amount.minor}
    for name in ("balance", "charges"):
        money = getattr(booking, name)
        values[name] = None if money is None else [money.minor, money.currency]
    return values


def _booking(values: dict, currency: str) -> Booking:
    values = values | {"at": datetime.fromisoformat(values["at"]), "amount": Money(values["amount"], currency)}
    for name in ("balance", "charges"):
        values[name] = None if values[name] is None else Money(*values[name])
    return Booking(**values)
