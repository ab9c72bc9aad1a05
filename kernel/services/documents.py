"""Private documents: checked for what they are, sealed on disk, read back only by the room that owns the subject (P28-P30)."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, ForeignObjectRel, OuterRef, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from ..clock import now
from ..models import Document
from ..refusals import Refusal
from ..uploads import check_upload
from ..vault import reseal, seal, unseal

MB = 1024 * 1024
# What one person may have lying about that belongs to nothing yet, in a day (P29).
LOOSE_FILES, LOOSE_COPIES, LOOSE_BYTES = 20, 100, 100 * MB


@dataclass(frozen=True)
class Purpose:
    """What a kind of upload may be: content types and size."""

    name: str
    types: frozenset[str]
    max_bytes: int = 20 * MB


def store_upload(upload, *, purpose: Purpose, owner_chain: str, actor) -> Document:
    """Check an uploaded file and keep it sealed; raises Refusal("upload_…") and keeps nothing when it is not what it claims
    or the person has sent too much that belongs to nothing yet.
    """
    _within_quota(upload, actor)
    checked = check_upload(upload, types=purpose.types, max_bytes=purpose.max_bytes)
    return store_bytes(
        checked.body,
        file_name=checked.file_name,
        content_type=checked.content_type,
        purpose=purpose.name,
        owner_chain=owner_chain,
        actor=actor,
    )


def unbound() -> QuerySet[Document]:
    """Documents that nothing refers to: drafts, whatever room they were meant for."""
    rows = Document.objects.filter(erased_at=None)
    # Hidden relations too (photos, attachments, history): `related_objects` leaves them out.
    relations = [field for field in Document._meta.get_fields(include_hidden=True) if isinstance(field, ForeignObjectRel)]
    for relation in relations:
        bound = relation.related_model._base_manager.filter(**{relation.field.attname: OuterRef("pk")})
        rows = rows.filter(~Exists(bound))
    return rows


def _within_quota(upload, actor) -> None:
    """Refuse a person's next file of the day. Not locked: two at once may pass the limit by one, which harms nobody."""
    if not actor.user_id:
        return
    loose = unbound().filter(uploaded_by_id=actor.user_id, created_at__gt=now() - timedelta(days=1))
    # One picture sent again and again with a form that has to be corrected is one file; yet nobody fills the disk with copies.
    there = loose.aggregate(files=Count("sha256", distinct=True), copies=Count("pk"), size=Sum("size_bytes", default=0))
    many = there["files"] >= LOOSE_FILES or there["copies"] >= LOOSE_COPIES
    if many or there["size"] + upload.size > LOOSE_BYTES:
        raise Refusal(
            "upload_quota",
            _("You have sent many files that belong to nothing yet: at most %(files)s files and %(mb)s MB a day. Try again tomorrow.")
            % {"files": LOOSE_FILES, "mb": LOOSE_BYTES // MB},
        )


def store_bytes(body: bytes, *, file_name: str, content_type: str, purpose: str, owner_chain: str, actor) -> Document:
    """Keep bytes that the product made or checked; the file is on disk before its row can commit."""
    document = Document(
        token=secrets.token_urlsafe(24), owner_chain=owner_chain, purpose=purpose, file_name=file_name[:160], content_type=content_type,
        size_bytes=len(body),
        sha256=hashlib.sha256(body).hexdigest(), uploaded_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    _write(path_of(document.token), seal(body))
    document.save(force_insert=True)
    return document


def drop_document(document: Document) -> None:
    """Take away a document that nothing refers to; its file goes when the transaction has committed."""
    path = path_of(document.token)
    document.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def erase_document(document: Document) -> None:
    """Erase what a document held: its row says that it was there and when it went, its file goes when the transaction has committed.

    The caller holds the row's lock and records the fact.
    """
    Document.objects.filter(pk=document.pk, erased_at=None).update(erased_at=now(), file_name="")
    path = path_of(document.token)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def reseal_file(document: Document) -> bool:
    """Seal a document's file with the newest key; False when it is already. Raises InvalidToken and FileNotFoundError."""
    path = path_of(document.token)
    fresh = reseal(path.read_bytes())
    if fresh is not None:
        _write(path, fresh)
    return fresh is not None


def read_document(document: Document) -> bytes:
    """Return a document's bytes; raises ValueError when the file no longer has the hash it was stored with."""
    body = unseal(path_of(document.token).read_bytes())
    if hashlib.sha256(body).hexdigest() != document.sha256:
        raise ValueError(f"document {document.pk} is not what was stored")
    return body


def private_folder() -> Path:
    """Where all sealed files lie."""
    return Path(settings.MEDIA_ROOT) / "private"


def path_of(token: str) -> Path:
    """Where the sealed file of a document lies."""
    return private_folder() / token[:2] / token


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
