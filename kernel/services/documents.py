"""Private documents: checked for what they are, sealed on disk, read back only by the room that owns the subject (P28-P30)."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ..clock import now
from ..models import Document
from ..uploads import check_upload
from ..vault import seal, unseal

MB = 1024 * 1024


@dataclass(frozen=True)
class Purpose:
    """What a kind of upload may be: content types and size."""

    name: str
    types: frozenset[str]
    max_bytes: int = 20 * MB


def store_upload(upload, *, purpose: Purpose, owner_chain: str, actor) -> Document:
    """Check an uploaded file and keep it sealed; raises Refusal("upload_…") and keeps nothing when it is not what it claims."""
    checked = check_upload(upload, types=purpose.types, max_bytes=purpose.max_bytes)
    return store_bytes(
        checked.body,
        file_name=checked.file_name,
        content_type=checked.content_type,
        purpose=purpose.name,
        owner_chain=owner_chain,
        actor=actor,
    )


def store_bytes(body: bytes, *, file_name: str, content_type: str, purpose: str, owner_chain: str, actor) -> Document:
    """Keep bytes that the product made or checked; the file is on disk before its row can commit."""
    document = Document(
        token=secrets.token_urlsafe(24), owner_chain=owner_chain, purpose=purpose, file_name=file_name[:160], content_type=content_type,
        size_bytes=len(body),
        sha256=hashlib.sha256(body).hexdigest(), uploaded_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    _write(_path(document), seal(body))
    document.save(force_insert=True)
    return document


def read_document(document: Document) -> bytes:
    """Return a document's bytes; raises ValueError when the file no longer has the hash it was stored with."""
    body = unseal(_path(document).read_bytes())
    if hashlib.sha256(body).hexdigest() != document.sha256:
        raise ValueError(f"document {document.pk} is not what was stored")
    return body


def _path(document: Document) -> Path:
    return Path(settings.MEDIA_ROOT) / "private" / document.token[:2] / document.token


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
