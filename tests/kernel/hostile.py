"""Files that somebody might send: a few honest ones, and many that are not what they claim."""

import io
import struct
import warnings
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def image(kind: str = "PNG", size=(8, 8), mode: str = "RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(side: int) -> bytes:
    """A PNG that claims side × side pixels and holds them in a few kilobytes."""
    rows = zlib.compressobj(9)
    body = b"".join([rows.compress(b"\0" * (side // 8 + 1)) for _ in range(min(side, 4000))] + [rows.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small PNG with a compressed text of 200 MB beside the picture."""
    packed = zlib.compress(b"a" * 200_000_000, 9)
    good = image()
    return good[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + good[33:]


def pdf(change=None, **options) -> bytes:
    """One empty page, changed by `change(pdf)` before it is written."""
    out = io.BytesIO()
    with pikepdf.new() as document, warnings.catch_warnings(action="ignore"):
        document.add_blank_page(page_size=(200, 200))
        if change:
            change(document)
        document.save(out, **options)
    return out.getvalue()


def unfolding_pdf(megabytes: int, streams: int = 1) -> bytes:
    """A PDF of a few hundred kilobytes whose objects lie in streams that each unfold to many megabytes."""
    out, places, hidden = io.BytesIO(), {}, 4 + streams
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /X [" + b" ".join(b"%d 0 R" % (hidden + n) for n in range(streams)) + b"] >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ]
    for n in range(streams):
        packing, head = zlib.compressobj(9), b"%d 0 " % (hidden + n)
        packed = packing.compress(head + b"<< /A 1 >>")
        packed += b"".join(packing.compress(b" " * 1_000_000) for _ in range(megabytes)) + packing.flush()
        words = b"<< /Type /ObjStm /N 1 /First %d /Length %d /Filter /FlateDecode >>\nstream\n" % (len(head), len(packed))
        objects.append(words + packed + b"\nendstream")
    out.write(b"%PDF-1.5\n")
    for number, body in enumerate(objects, 1):
        places[number] = out.tell()
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    table, last = out.tell(), hidden + streams
    rows = [(0, 0), *((1, places[n]) for n in range(1, hidden)), *((2, 4 + n) for n in range(streams)), (1, table)]
    packed = b"".join(struct.pack(">BIB", kind, place, 0) for kind, place in rows)
    out.write(b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n" % (last, last + 1, len(packed)))
    out.write(packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def crowded_pdf(objects: int) -> bytes:
    """Many small objects, packed: few bytes, much to walk through."""

    def crowd(document):
        document.Root.Odd = Array([document.make_indirect(Dictionary(A=n)) for n in range(objects)])

    return pdf(crowd, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def action(kind: str, **more) -> Dictionary:
    return Dictionary(S=Name("/" + kind), **more)


def annotated(subtype: str, **more):
    """A page with one annotation whose parts are written inside it, not as objects of their own."""

    def change(document):
        document.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name("/" + subtype), Rect=Array([0, 0, 9, 9]), **more)])

    return change


def attached(document):
    document.attachments["paper.exe"] = b"MZ"


def in_root(key: str, value):
    def change(document):
        document.Root[key] = value(document) if callable(value) else value

    return change


def opens_script(document):
    document.Root.OpenAction = action("JavaScript", JS=String("app.alert(1)"))


def named_script(document):
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), action("JavaScript", JS=String("app.alert(1)"))])))


def deep_script(document):
    inner = Dictionary(A=action("JavaScript", JS=String("app.alert(1)")))
    for _ in range(40):
        inner = Dictionary(Kids=Array([inner]))
    document.Root.Odd = inner


JS = {"JS": String("app.alert(1)")}
ACTIVE_PDFS = {
    "script at opening": opens_script,
    "script among the names": named_script,
    "script deep inside": deep_script,
    "script behind a link": annotated("Link", A=action("JavaScript", **JS)),
    "launch behind a link": annotated("Link", A=action("Launch", F=String("cmd.exe"))),
    "form sent elsewhere": annotated("Widget", A=action("SubmitForm", F=String("https://example.com/"))),
    "other file opened": annotated("Link", A=action("GoToR", F=String("//host/share"))),
    "data imported": annotated("Widget", A=action("ImportData", F=String("x.fdf"))),
    "file in an annotation": annotated("FileAttachment", FS=Dictionary(Type=Name.Filespec, F=String("a.exe"))),
    "rich media": annotated("RichMedia"),
    "rendition": annotated("Screen", A=action("Rendition", **JS)),
    "attached file": attached,
    "file elsewhere by name": annotated("Link", A=action("GoTo", D=Array([0])), F=String("//host/share")),
    "file elsewhere in a form": lambda d: d.Root.__setitem__(
        "/Odd", d.make_stream(b"", Subtype=Name.Form, Ref=Dictionary(F=Dictionary(FS=Name.URL, F=String("https://example.com/x")), Page=0))
    ),
    "embedded target": annotated("Link", A=action("GoToE", T=Dictionary(R=Name.C))),
    "hidden launch behind a page": annotated("Link", A=action("GoTo", D=Array([0]), Next=action("Launch", F=String("x")))),
    "content in a file elsewhere": lambda d: d.Root.__setitem__("/Odd", d.make_stream(b"x", F=String("https://example.com/x"))),
    "page actions": lambda d: d.pages[0].obj.__setitem__("/AA", Dictionary(O=action("JavaScript", **JS))),
    "xfa form": in_root("/AcroForm", Dictionary(XFA=Array([]))),
    "chained action": annotated("Link", A=action("URI", URI=String("https://example.com/"), Next=Array([action("Launch", F=String("x"))]))),
}


def archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, b"0" * 1_000_000)
    return out.getvalue()


# name, bytes, code of the refusal
REFUSED = {
    "empty": ("a.pdf", b"", "upload_empty"),
    "html as pdf": ("a.pdf", HTML, "upload_type"),
    "html as jpg": ("a.jpg", HTML, "upload_type"),
    "script svg as png": ("a.png", SVG, "upload_type"),
    "svg by name": ("a.svg", SVG, "upload_type"),
    "gif": ("a.gif", image("GIF", mode="P"), "upload_type"),
    "gif as png": ("a.png", image("GIF", mode="P"), "upload_type"),
    "tiff": ("a.tif", image("TIFF"), "upload_type"),
    "bmp as jpg": ("a.jpg", image("BMP"), "upload_type"),
    "eps": ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "upload_type"),
    "png named pdf": ("a.pdf", image(), "upload_type"),
    "pdf named png": ("a.png", pdf(), "upload_type"),
    "png named html": ("a.png.html", image(), "upload_type"),
    "png without a suffix": ("a", image(), "upload_type"),
    "zip as pdf": ("a.pdf", archive("../../etc/passwd"), "upload_type"),
    "docx": ("a.docx", archive("word/document.xml"), "upload_type"),
    "exe as pdf": ("a.pdf", b"MZ" + b"\0" * 500, "upload_type"),
    "elf as png": ("a.png", b"\x7fELF" + b"\0" * 500, "upload_type"),
    "pdf behind html": ("a.pdf", HTML + pdf(), "upload_type"),
    "random": ("a.jpg", bytes(range(256)) * 4, "upload_type"),
    "png header only": ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 300, "upload_broken"),
    "cut off jpeg": ("a.jpg", image("JPEG", (400, 400))[:700], "upload_broken"),
    "cut off png": ("a.png", image(size=(400, 400))[:120], "upload_broken"),
    "png of 12000 squared": ("a.png", png_bomb(12_000), "upload_broken"),
    "png of 30000 squared": ("a.png", png_bomb(30_000), "upload_broken"),
    "text bomb": ("a.png", text_bomb(), "upload_broken"),
    "pdf header only": ("a.pdf", b"%PDF-1.7\n%%EOF\n", "upload_broken"),
    "pdf of garbage": ("a.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 40, "upload_broken"),
    "cut off pdf": ("a.pdf", pdf()[:60], "upload_broken"),
    "pdf without pages": ("a.pdf", pdf(lambda d: d.pages.__delitem__(0)), "upload_broken"),
    "pdf with a password": ("a.pdf", pdf(encryption=pikepdf.Encryption(owner="o", user="u", R=4)), "upload_broken"),
    "unfolding pdf": ("a.pdf", unfolding_pdf(1000), "upload_broken"),
    "unfolding pdf of many streams": ("a.pdf", unfolding_pdf(60, streams=12), "upload_broken"),
    "crowded pdf": ("a.pdf", crowded_pdf(100_000), "upload_broken"),
    "too large": ("a.pdf", b"%PDF-1.4" + b"0" * 3_000_000, "upload_too_large"),
    **{f"pdf: {name}": ("a.pdf", pdf(change), "upload_active") for name, change in ACTIVE_PDFS.items()},
    "pdf: packed script": ("a.pdf", pdf(deep_script, object_stream_mode=pikepdf.ObjectStreamMode.generate), "upload_active"),
}

NAMES = {
    "../../../etc/passwd.png": "passwd.png",
    "C:\\Windows\\system32\\a.png": "a.png",
    "licence\u202egnp.png": "licencegnp.png",
    "a\u200bb\u2066.png": "ab.png",
    "a\x00.pdf\x00.png": "a.pdf.png",
    "a\r\nSet-Cookie: x.png": "aSet-Cookie_ x.png",
    '"><img src=x onerror=alert(1)>.png': "__<img src=x onerror=alert(1)_.png".replace("<", "_"),
    "营业执照（副本）.png": "营业执照(副本).png",
    "a／..／b.png": "b.png",
    "．．＼b.png": "b.png",
    ". . ": "file",
    "..": "file",
    "": "file",
    ".png": "png",
    "CON.png": "CON.png",
    "ａ．ｐｎｇ": "a.png",
}
