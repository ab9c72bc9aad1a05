"""What an upload may be: the content decides, never the name; images are re-encoded, PDFs lose their links and are refused
when they act (P29)."""

import io
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import filetype
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from .inspection import ACTIVE, BROKEN, inspect_pdf
from .invoice_files import looks_like, sound_ofd, sound_xml
from .refusals import Refusal

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
OFD, XML = "application/ofd", "application/xml"  # electronic invoices come in these
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
SUFFIX = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp", OFD: ".ofd", XML: ".xml"}
NAMED = {".pdf": PDF, ".jpg": JPEG, ".jpeg": JPEG, ".png": PNG, ".webp": WEBP, ".ofd": OFD, ".xml": XML}
# A thread must not take more than 300 MB for one picture: WebP needs up to 25 bytes a pixel to be read and packed again, the others 8.
MAX_PIXELS = {JPEG: 24_000_000, PNG: 24_000_000, WEBP: 10_000_000}


@dataclass(frozen=True)
class Checked:
    body: bytes
    content_type: str
    file_name: str


def check_upload(upload, *, types: Collection[str], max_bytes: int) -> Checked:
    """Return clean bytes, true type and safe name; raises Refusal upload_empty/too_large/type/broken/active."""
    body = _read(upload, max_bytes)
    kind = filetype.guess_mime(body)
    kind = {"ofd": OFD, "xml": XML}.get(looks_like(body, kind), kind)
    name = clean_name(upload.name or "")
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind not in types or NAMED.get(suffix) != kind:
        if OFD in types:
            raise Refusal("upload_type", _("The file is not what its name says, or not of an accepted kind. Accepted: PDF, OFD, XML."))
        raise Refusal("upload_type", _("The file is not what its name says, or not of an accepted kind. Accepted: PDF, JPG, PNG."))
    if kind in (OFD, XML):
        if not (sound_ofd(body) if kind == OFD else sound_xml(body)):
            raise Refusal("upload_broken", _("The file cannot be read as an electronic invoice, or holds more than one."))
        return Checked(body, kind, name)
    body = _clean_pdf(body) if kind == PDF else _clean_image(body, kind)
    return Checked(body, kind, name)


def _read(upload, max_bytes: int) -> bytes:
    body = b"".join(upload.chunks()) if upload.size <= max_bytes else b""
    if upload.size > max_bytes or len(body) > max_bytes:
        raise Refusal("upload_too_large", _("The file is too large; at most %(mb)s MB.") % {"mb": max_bytes // (1024 * 1024)})
    if not body:
        raise Refusal("upload_empty", _("The file is empty."))
    return body


def clean_name(name: str) -> str:
    """Keep the readable part of a file name: no folders, no control or direction characters, at most 120 characters."""
    name = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]  # full-width slashes become slashes first
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, suffix = name.rpartition(".")
    return re.sub(r'[<>:"|?*]', "_", (stem[:110] + dot + suffix[:9]) if dot else name[:120]) or "file"


def _clean_image(body: bytes, kind: str) -> bytes:
    broken = Refusal("upload_broken", _("The picture cannot be read, or has too many pixels."))
    try:
        with Image.open(io.BytesIO(body), formats=[FORMATS[kind]]) as image:
            if image.width * image.height > MAX_PIXELS[kind]:
                raise broken
            ImageOps.exif_transpose(image, in_place=True)  # upright before the note that says how it lies is dropped
            out = io.BytesIO()
            wanted = "RGBA" if kind != JPEG and "A" in image.getbands() else "RGB"
            keep = image if image.mode == wanted else image.convert(wanted)  # a second copy only where it must be
            keep.info.pop("comment", None)
            # Re-encoded: EXIF, GPS, comments and appended scripts are gone. WebP's quickest method takes the least memory.
            keep.save(out, FORMATS[kind], quality=88, exif=b"", **({"method": 0} if kind == WEBP else {}))
            return out.getvalue()
    except Refusal:
        raise
    except Exception as error:  # Pillow raises many kinds on hostile bytes
        raise broken from error


def _clean_pdf(body: bytes) -> bytes:
    found, kept = inspect_pdf(body)
    if found == BROKEN:
        raise Refusal("upload_broken", _("The PDF cannot be read; it may be damaged or protected by a password."))
    if found == ACTIVE:
        raise Refusal("upload_active", _("The PDF contains scripts, actions or attached files. Print it to a plain PDF and send that."))
    return kept
