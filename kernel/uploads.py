"""What an upload may be: the content decides, never the name; images are re-encoded, PDFs with active content are refused (P29)."""

import io
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import filetype
import pikepdf
from django.utils.translation import gettext_lazy as _
from PIL import Image

from .refusals import Refusal

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
SUFFIX = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", WEBP: ".webp"}
NAMED = {".pdf": PDF, ".jpg": JPEG, ".jpeg": JPEG, ".png": PNG, ".webp": WEBP}
MAX_PIXELS = 40_000_000
ACTIVE_KEYS = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/XFA", "/RichMedia"}
ACTIVE_KINDS = {
    "/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/RichMedia", "/RichMediaExecute",
    "/FileAttachment", "/Movie", "/Sound", "/Screen", "/EmbeddedFile",
}  # fmt: skip
# A few kilobytes must not unfold to gigabytes while a PDF is read; set once, before any thread reads one.
UNFOLDED = 64 * 1024 * 1024
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=UNFOLDED, png_max_memory=UNFOLDED, tiff_max_memory=UNFOLDED, run_length_max_memory=UNFOLDED,
    max_stream_filters=4, parser_max_container_size=2_000_000, doc_max_warnings=200,
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    body: bytes
    content_type: str
    file_name: str


def check_upload(upload, *, types: Collection[str], max_bytes: int) -> Checked:
    """Return clean bytes, true type and safe name; raises Refusal upload_empty/too_large/type/broken/active."""
    body = _read(upload, max_bytes)
    kind = filetype.guess_mime(body)
    name = clean_name(upload.name or "")
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind not in types or NAMED.get(suffix) != kind:
        raise Refusal("upload_type", _("The file is not what its name says, or not of an accepted kind. Accepted: PDF, JPG, PNG."))
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
            if image.width * image.height > MAX_PIXELS:
                raise broken
            out = io.BytesIO()
            keep = image.convert("RGB") if kind == JPEG else image.convert("RGBA" if "A" in image.getbands() else "RGB")
            keep.save(out, FORMATS[kind], quality=88)  # re-encoded: EXIF, GPS and appended scripts are gone
            return out.getvalue()
    except Refusal:
        raise
    except Exception as error:  # Pillow raises many kinds on hostile bytes
        raise broken from error


def _clean_pdf(body: bytes) -> bytes:
    try:
        with pikepdf.open(io.BytesIO(body)) as pdf:
            if not len(pdf.pages):
                raise ValueError("no pages")
            for thing in pdf.objects:
                if isinstance(thing, pikepdf.Stream) and {"/N", "/First"} <= set(thing.stream_dict.keys()):
                    thing.read_bytes()  # objects lie in it: one that cannot be unfolded would hide them from us and not from a reader
            active = any(_active(thing) for thing in pdf.objects) or _active(pdf.Root)
    except Exception as error:  # pikepdf raises many kinds on hostile bytes
        raise Refusal("upload_broken", _("The PDF cannot be read; it may be damaged or protected by a password.")) from error
    if active:
        raise Refusal("upload_active", _("The PDF contains scripts, actions or attached files. Print it to a plain PDF and send that."))
    return body


def _active(thing) -> bool:
    """Whether an object, or anything written inside it, acts; objects it only refers to are asked on their own."""
    waiting = [thing]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Stream):
            found = found.stream_dict
        if isinstance(found, pikepdf.Dictionary):
            kinds = {str(found.get(key)) for key in ("/S", "/Subtype", "/Type")}
            if ACTIVE_KEYS & set(found.keys()) or ACTIVE_KINDS & kinds:
                return True
            inner = list(found.values())
        else:
            inner = list(found) if isinstance(found, pikepdf.Array) else []
        waiting += [part for part in inner if isinstance(part, (pikepdf.Dictionary, pikepdf.Array)) and not part.is_indirect]
    return False
