"""Tables as files: CSV and XLSX that people send, read strictly and within limits; and those that we write, harmless to open (P34)."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from .refusals import Refusal
from .sheets import FORMULA, PASSED_OVER, neutral

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MB = 1024 * 1024
MOST_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_CELL = 50 * MB, 200_000, 100, 8000
UNPACKED, PACKED_TIMES, MOST_FILES = 300 * MB, 200, 500  # what a workbook may grow to, how many times itself, and of how many parts
MANY_ROWS = 20_000  # a longer sheet is written as CSV: a workbook of it would take minutes
SEPARATORS = ",;\t"
PART = re.compile(r"xl/(workbook\.xml|sharedStrings\.xml|worksheets/[^/]+\.xml)")


@dataclass(frozen=True)
class Table:
    """The first row of a file, and the others with their number as the spreadsheet shows it; empty rows are left out."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read_table(body: bytes, file_name: str) -> Table:
    """Open a table; raises Refusal table_… with a sentence when it is not one, is too large, or breaks off."""
    if not body:
        raise Refusal("table_empty", _("The file is empty."))
    if len(body) > MOST_BYTES:
        raise Refusal("table_too_large", _("The file is too large; at most %(mb)s MB.") % {"mb": MOST_BYTES // MB})
    workbook, named = body.startswith(b"PK\x03\x04"), file_name.lower().rsplit(".", 1)[-1]
    if named not in ("csv", "xlsx") or workbook != (named == "xlsx"):
        raise Refusal("table_type", _("Send a CSV file, or an Excel workbook (.xlsx). Other kinds, also .xls and .xlsm, are not read."))
    rows = _within(_workbook_rows(body) if workbook else _csv_rows(_text(body)))
    header = next((cells for _number, cells in rows if any(cells)), None)
    if header is None:
        raise Refusal("table_empty", _("The file holds no rows."))
    while header and not header[-1]:
        header.pop()
    return Table(header, rows)


def _within(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    taken = 0
    for number, cells in rows:
        if not any(cells):
            continue
        taken += 1
        if taken > MOST_ROWS + 1:
            raise Refusal("table_too_long", _("The file has more than %(n)s rows. Cut it into several files.") % {"n": f"{MOST_ROWS:,}"})
        if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
            raise Refusal("table_too_wide", _("Row %(row)s has more than %(n)s columns.") % {"row": number, "n": MOST_COLUMNS})
        if len(max(cells, key=len)) > MOST_CELL:
            text = _("A cell of row %(row)s holds more than %(n)s characters.") % {"row": number, "n": f"{MOST_CELL:,}"}
            raise Refusal("table_cell_too_long", text)
        yield number, cells[:MOST_COLUMNS]


# ---------- CSV ----------


def _text(body: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else the Chinese encodings, of which GB18030 is the whole."""
    try:
        if body.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = body.decode("utf-16")
        else:
            try:
                text = body.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = body.decode("gb18030")
    except UnicodeError as error:
        raise Refusal("table_encoding", _("The text of the file cannot be read. Save it as “CSV UTF-8” and send it again.")) from error
    if "\x00" in text:
        raise Refusal("table_encoding", _("The text of the file cannot be read. Save it as “CSV UTF-8” and send it again."))
    return text


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines()[:50] if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            broken = _("The file breaks off or is damaged at row %(row)s: a quotation mark is missing or stands in the wrong place.")
            raise Refusal("table_broken", broken % {"row": row + 1}) from error
        row += 1
        yield row, [cell if cell.isalnum() else plain(cell) for cell in cells]


def plain(cell: str) -> str:
    """A cell without the apostrophe that we or a spreadsheet put before what looks like a formula."""
    if cell.startswith("'") and (cell[1:].startswith(FORMULA) or cell[1:].lstrip(PASSED_OVER).startswith(FORMULA)):
        cell = cell[1:]
    return cell.strip(" \t\r\n\u3000\xa0")


# ---------- XLSX ----------


def _workbook_rows(body: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # slow to import, and only a few requests need it

    _refuse_bomb(body)
    broken = Refusal("table_broken", _("The workbook cannot be read; it may be damaged or protected by a password."))
    try:
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        sheets = book.worksheets
        rows = sheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 1000, max_col=MOST_COLUMNS + 1) if sheets else iter(())
        for number in itertools.count(1):
            values = next(rows, None)
            if values is None:
                return
            wide = len(values)
            while wide and values[wide - 1] is None:
                wide -= 1
            yield number, [_cell(value) for value in values[:wide]] or [""]
    except Refusal:
        raise
    except Exception as error:  # openpyxl raises many kinds on hostile bytes
        raise broken from error


def _refuse_bomb(body: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            bomb = len(parts) > MOST_FILES or size > UNPACKED or size > PACKED_TIMES * len(body) + MB
            if bomb:
                raise Refusal("table_bomb", _("The workbook unpacks to more than may be read. Save only the rows that are needed."))
            for part in parts:
                if PART.fullmatch(part.filename):
                    with archive.open(part) as file:  # no part yields more than it declares (zipfile)
                        _refuse_entities(file.read(4096))
    except Refusal:
        raise
    except Exception as error:
        raise Refusal("table_broken", _("The workbook cannot be read; it may be damaged or protected by a password.")) from error


def _refuse_entities(head: bytes) -> None:
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Refusal("table_broken", _("The workbook cannot be read; it may be damaged or protected by a password."))


def _cell(value: object) -> str:
    """What a person sees in the cell: whole numbers without a point, never an exponent, days as 2026-11-28."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}" if not value.is_integer() or abs(value) >= 1e15 else str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date | time) else str(value)


# ---------- writing ----------


def sheet(header: Sequence[str], rows: Iterable[Sequence[object]], *, excel: bool) -> tuple[bytes, str]:
    """Write a table as a workbook or as CSV that Excel opens as what it is; returns its bytes and content type."""
    return (_workbook(header, rows), XLSX) if excel else (csv_bytes(header, rows, mark=True), CSV)


def csv_bytes(header: Sequence[str] | None, rows: Iterable[Sequence[object]], *, mark: bool = False) -> bytes:
    """CSV in UTF-8, neutralised; `mark` puts the byte order mark first, which tells Excel the encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if header is not None:
        writer.writerow([neutral(cell) for cell in header])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return (b"\xef\xbb\xbf" if mark else b"") + out.getvalue().encode("utf-8", "replace")


def _workbook(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.freeze_panes = "A2"
    for row in itertools.chain([header], rows):
        page.append(
            [cell if isinstance(cell, int | Decimal) else ILLEGAL_CHARACTERS_RE.sub("", neutral(cell))[:32_000] for cell in row]
        )  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
