"""A listing's files: everybody's while they are shown, with a long cache, because the address changes with the content (H53)."""

import re
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse

from kernel.responses import private_file
from kernel.services import read_document

from .. import queries

RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})", re.ASCII)
# A reader's own cache keeps it for good, since another content has another address; caches that many share ask again within the hour,
# so that what is taken down is gone from them too.
FOR_GOOD = "public, max-age=31536000, s-maxage=3600, immutable"


def media(request, key, name):
    """One size of a photo, a document, or a video in the range that was asked for."""
    found, documents, public = queries.media_shown(request.actor, key, name)
    answer = _video(request, found, documents) if found.kind == "video" else private_file(documents[0], inline=True)
    if public:
        answer.headers["Cache-Control"] = FOR_GOOD
    return answer


def _video(request, found, documents):
    whole = found.size_bytes
    asked = _asked(request.headers.get("Range", ""), whole)
    if asked is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}", "Cache-Control": "private, no-store"})
    first, last, partial = asked
    answer = StreamingHttpResponse(_pieces(documents, first, last), content_type="video/mp4", status=206 if partial else 200)
    answer.headers["Content-Length"] = str(last - first + 1)
    if partial:
        answer.headers["Content-Range"] = f"bytes {first}-{last}/{whole}"
    for name, value in (("Accept-Ranges", "bytes"), ("Content-Disposition", "inline"), ("Cache-Control", "private, no-store")):
        answer.headers[name] = value
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer._csp_exempt = True
    return answer


def _asked(header: str, whole: int) -> tuple[int, int, bool] | None:
    """First and last byte, and whether that is a part; None for a range beyond the end. Headers that are not understood ask for all."""
    match = RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return 0, whole - 1, False
    first, last = match.groups()
    if not first:
        start = max(0, whole - int(last))
        return (start, whole - 1, True) if int(last) else None
    start, end = int(first), min(int(last), whole - 1) if last else whole - 1
    return (start, end, True) if start <= end else None


def _pieces(documents, first: int, last: int) -> Iterator[bytes]:
    """The bytes from first to last, piece by piece: one is unsealed at a time."""
    begin = 0
    for document in documents:
        end = begin + document.size_bytes
        if end > first and begin <= last:
            yield read_document(document)[max(0, first - begin) : last - begin + 1]
        begin = end
