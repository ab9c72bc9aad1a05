"""The form of an export: tables as JSON and CSV, files as they are, one ZIP. Knows nothing of what is in it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.models import Document
from kernel.money import Money
from kernel.services import read_document
from kernel.sheets import neutral
from kernel.uploads import clean_name
from kernel.workdays import SHANGHAI

FILES, ABOUT = "files.json", "about.json"


def plain(value: Any) -> Any:
    """A value as JSON holds it: moments with their zone, numbers that must stay exact as text, money with its currency."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Money):
        return {"amount": str(value.decimal), "currency": value.currency}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def cell(value: Any) -> str:
    """The same in a spreadsheet: text stays text (P34)."""
    if isinstance(value, Money):
        return f"{value.decimal} {value.currency}"
    kept = plain(value)
    if isinstance(kept, (list, dict)):
        kept = json.dumps(kept, ensure_ascii=False)
    return neutral(str(kept) if isinstance(kept, bool) else kept)


def pack_part(name: str, rows: Iterable[dict]) -> bytes:
    """One table as `name.json` and `name.csv`, with the list of the files that its rows name."""
    out, sheet, files = io.BytesIO(), io.StringIO(), []
    writer = csv.writer(sheet)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(f"{name}.json", "w", force_zip64=True) as table:
            table.write(b"[")
            for number, row in enumerate(rows):
                shown = {key: _file(value, name, files) if isinstance(value, Document) else value for key, value in row.items()}
                if not number:
                    writer.writerow(shown)
                writer.writerow(map(cell, shown.values()))
                table.write((",\n" if number else "\n").encode() + json.dumps(plain(shown), ensure_ascii=False).encode())
            table.write(b"\n]\n")
        archive.writestr(f"{name}.csv", "\ufeff" + sheet.getvalue())
        archive.writestr(FILES, json.dumps(files, ensure_ascii=False))
    return out.getvalue()


def _file(document: Document, part: str, files: list[dict]) -> str:
    if document.erased_at:
        return ""
    path = f"files/{part}/{document.pk}-{clean_name(document.file_name)}"
    files.append({"path": path, "token": document.token, "sha256": document.sha256, "size": document.size_bytes})
    return path


def merge(parts: Iterable[bytes], *, about: dict) -> bytes:
    """All parts in one archive with one list of files."""
    out, files = io.BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for body in parts:
            with zipfile.ZipFile(io.BytesIO(body)) as part:
                files += json.loads(part.read(FILES))
                for entry in part.namelist():
                    if entry != FILES:
                        archive.writestr(entry, part.read(entry))
        archive.writestr(ABOUT, json.dumps(about, ensure_ascii=False))
        archive.writestr(FILES, json.dumps(files, ensure_ascii=False))
    return out.getvalue()


class _Sink:
    """Where a ZIP is written that is sent on at once: it cannot go back."""

    def __init__(self):
        self.kept = bytearray()

    def write(self, body) -> int:
        self.kept += body
        return len(body)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        body, self.kept = bytes(self.kept), bytearray()
        return body


def whole(body: bytes) -> Iterator[bytes]:
    """The archive with its files read into it one at a time; those erased since it was made are told in `files-erased-since.txt`."""
    sink, gone = _Sink(), []
    with zipfile.ZipFile(io.BytesIO(body)) as kept, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        listed = json.loads(kept.read(FILES))
        for entry in kept.namelist():
            if entry != FILES:
                archive.writestr(entry, kept.read(entry))
                yield sink.taken()
        for file in listed:
            document = Document.objects.filter(token=file["token"], erased_at=None).first()
            if document is None:
                gone.append(file["path"])
                continue
            archive.writestr(zipfile.ZipInfo(file["path"]), read_document(document))
            yield sink.taken()
        shown = [{key: file[key] for key in ("path", "sha256", "size")} for file in listed]
        archive.writestr(FILES, json.dumps(shown, ensure_ascii=False, indent=1))
        if gone:
            archive.writestr("files-erased-since.txt", "\n".join(gone))
    yield sink.taken()
