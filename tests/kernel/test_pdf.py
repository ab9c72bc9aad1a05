"""P35, F11, F12: our PDFs hold their own Chinese font, fetch nothing, and come whole or not at all."""

import http.server
import io
import threading

import pikepdf
import pytest

from kernel import pdf
from kernel.pdf import RenderError, render_pdf


def fonts(body: bytes) -> set[str]:
    """Names of the fonts whose outlines are inside a PDF."""
    with pikepdf.open(io.BytesIO(body)) as document:
        found = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        return {str(o.FontName) for o in found if {"/FontFile", "/FontFile2", "/FontFile3"} & set(o.keys())}


@pytest.mark.spec("B18", thin=True)
def test_chinese_is_set_in_a_font_that_travels_with_the_file():
    body = render_pdf("<p>易货合同 · 人民币壹佰元整</p>")

    assert body.startswith(b"%PDF")
    assert any(name in font for font in fonts(body) for name in ("CJK", "WenQuan", "wqy", "Noto-Sans-SC"))


@pytest.fixture
def listener():
    """A server on the loopback that counts who comes."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def test_p35_nothing_a_document_names_is_fetched(listener, tmp_path):
    address, seen = listener
    canary = tmp_path / "canary.txt"
    canary.write_text("canary-5d1f0c")
    places = [address, f"file://{canary}"]
    html = "".join(
        f'<img src="{at}/img"><link rel="stylesheet" href="{at}/css"><link rel="attachment" href="{at}"><style>@import "{at}/import";'
        f'@font-face{{font-family:x;src:url("{at}/font")}} body{{background:url("{at}/background");font-family:x}}</style>'
        f'<object data="{at}/object"></object><embed src="{at}/embed"><a rel="attachment" href="{at}">a</a>'
        for at in places
    )

    body = render_pdf(f'<html><head><base href="{address}/"></head><body>{html}<img src="relative.png"><p>still here</p></body></html>')

    assert seen == []
    with pikepdf.open(io.BytesIO(body)) as document:
        assert len(document.attachments) == 0
        streams = [o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream)]
    assert not any(b"canary-5d1f0c" in s for s in [body, *streams])


def test_data_in_the_document_itself_is_used():
    dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
    with pikepdf.open(io.BytesIO(render_pdf(f'<img src="{dot}">'))) as document:
        assert any(isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image" for o in document.objects)


def test_f12_a_document_that_overwhelms_the_renderer_is_refused():
    with pytest.raises(RenderError, match=r"Recursion|renderer"):
        render_pdf("<div>" * 3000 + "x")


def test_f12_a_document_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_SECONDS", 2)
    with pytest.raises(RenderError):
        render_pdf("<table><tr><td colspan=100000>x</table>")


@pytest.mark.parametrize("html", ["", "\ud800"])
def test_p24_what_cannot_be_rendered_is_no_document(html):
    with pytest.raises(RenderError):
        render_pdf(html)


def test_p24_a_renderer_that_is_gone_or_babbles_makes_no_document(monkeypatch):
    for program in ("/bin/false", "/bin/echo"):
        monkeypatch.setattr(pdf.sys, "executable", program)
        with pytest.raises(RenderError):
            render_pdf("<p>x</p>")
