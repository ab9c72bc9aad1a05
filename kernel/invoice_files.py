"""Looking into OFD and XML files, in which electronic invoices come: kept as they are, refused when they hold what an invoice does not."""

import io
import re
import zipfile

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

MAX_PARTS, UNFOLDED, MAX_XML = 300, 40 * 1024 * 1024, 4 * 1024 * 1024
# Pages, pictures, fonts, seals and signatures: what an OFD is made of. Anything else would be a stowaway.
PARTS = re.compile(r"[A-Za-z0-9_./ -]{1,200}\.(xml|png|jpe?g|bmp|gif|gbig2|jb2|ttf|otf|ttc|esl|dat|sig|p7s|asn1)", re.I)
OFD_ROOT = re.compile(r"\{http://www\.ofdspec\.org/[^}]*\}OFD")
NOT_AN_INVOICE = re.compile(r"(\{[^}]*\})?(html|svg|stylesheet|script|feed|rss)", re.I)


def looks_like(body: bytes, mime: str | None) -> str:
    """Say "ofd" or "xml" by the content, else nothing."""
    if mime == "application/zip" or body.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as packed:
                return "ofd" if "OFD.xml" in packed.namelist() else ""
        except (zipfile.BadZipFile, ValueError, OSError):
            return ""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:5]
    return "xml" if mime is None and (start.startswith(b"<?xml") or re.match(rb"<[A-Za-z]", start)) else ""


def sound_xml(body: bytes) -> bool:
    """Whether this is well-formed XML of one root that is no page, without declared entities and external parts."""
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True) if len(body) <= MAX_XML else None
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return False
    if root is None or NOT_AN_INVOICE.fullmatch(root.tag):
        return False
    return not any("xml-stylesheet" in text for text in (body[:2000].decode("utf-8", "replace"),))


def sound_ofd(body: bytes) -> bool:
    """Whether this is an OFD that unfolds to a bounded size and holds only what an OFD is made of."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            parts = packed.infolist()
            names = [part.filename for part in parts if not part.is_dir()]
            if len(parts) > MAX_PARTS or len(set(names)) != len(names) or sum(part.file_size for part in parts) > UNFOLDED:
                return False
            if any(".." in name.split("/") or name.startswith("/") or not PARTS.fullmatch(name) for name in names):
                return False
            if any(part.flag_bits & 1 or (part.external_attr >> 16) & 0o170000 == 0o120000 for part in parts):
                return False  # encrypted, or a link out of the archive
            if packed.getinfo("OFD.xml").file_size > MAX_XML:
                return False
            root = packed.read("OFD.xml")
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, OSError, NotImplementedError, EOFError):
        return False
    try:
        return bool(OFD_ROOT.fullmatch(ElementTree.fromstring(root, forbid_dtd=True).tag))
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return False
