"""Answers that carry a private document."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse

from .models import Document
from .services import read_document

INLINE = {"image/jpeg", "image/png", "image/webp"}  # re-encoded by us, so safe to show


def private_file(document: Document, *, inline: bool = False) -> HttpResponse:
    """Send a document to somebody whose right the caller has checked: an attachment, sandboxed, never cached (P28)."""
    show = inline and document.content_type in INLINE
    response = HttpResponse(read_document(document), content_type=document.content_type)
    return _closed(response, _disposition("inline" if show else "attachment", document.file_name))


def private_stream(chunks: Iterable[bytes], *, file_name: str, content_type: str) -> StreamingHttpResponse:
    """Send what is made while it is sent to somebody whose right the caller has checked; the same fences as `private_file`."""
    return _closed(StreamingHttpResponse(chunks, content_type=content_type), _disposition("attachment", file_name))


def _closed(response, disposition: str):
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    response._csp_exempt = True
    return response


def _disposition(kind: str, name: str) -> str:
    from urllib.parse import quote

    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}"
