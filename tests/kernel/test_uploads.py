"""P29: an upload is what it claims, bounded and inert, or it is refused with a sentence and nothing is kept."""

import io
import resource
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from kernel import inspection
from kernel.models import Document
from kernel.refusals import Refusal
from kernel.services import Purpose, store_upload
from kernel.timer import COMMAND
from kernel.uploads import JPEG, MAX_PIXELS, PDF, PNG, WEBP, check_upload, clean_name
from tests.kernel.hostile import HTML, NAMES, REFUSED, action, annotated, image, in_root, pdf, unfolding_pdf

TYPES = frozenset({PDF, JPEG, PNG, WEBP})
LIMIT = 2_000_000


def check(name: str, body: bytes, types=TYPES):
    upload = SimpleUploadedFile("x", body)
    upload._name = name  # past Django's own cleaning, as a hostile client's name would be in the worst case
    return check_upload(upload, types=types, max_bytes=LIMIT)


@pytest.mark.spec("H02", thin=True)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", sorted(REFUSED))
def test_p29_hostile_files_are_refused_quickly_with_a_sentence(case):
    name, body, code = REFUSED[case]
    began, memory = processor_seconds(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(Refusal) as refused:
        check(name, body)

    assert (refused.value.code, refused.value.status) == (code, 422)
    assert str(refused.value)
    assert processor_seconds() - began < 2  # processor time, so that a busy machine tells nothing; the inspection's own limit is 1.6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 300_000


def processor_seconds() -> float:
    """What this process and its finished children have used."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


@pytest.mark.django_db
@pytest.mark.spec("H02", thin=True)
def test_p29_a_refused_upload_leaves_neither_row_nor_file(settings):
    purpose = Purpose("tests", TYPES, LIMIT)
    for name, body, _code in list(REFUSED.values())[:12]:
        with pytest.raises(Refusal):
            store_upload(SimpleUploadedFile(name, body), purpose=purpose, owner_chain="tests:1", actor=COMMAND)

    assert Document.objects.count() == 0
    assert not [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("kind", "name", "mime"), [("PNG", "a.png", PNG), ("JPEG", "b.JPG", JPEG), ("JPEG", "b.jpeg", JPEG), ("WEBP", "c.webp", WEBP)]
)
def test_honest_pictures_pass_and_keep_their_size(kind, name, mime):
    checked = check(name, image(kind, (40, 30)))

    assert (checked.content_type, checked.file_name) == (mime, name)
    with Image.open(io.BytesIO(checked.body)) as seen:
        assert seen.size == (40, 30)


def test_honest_pdfs_pass_unchanged_links_to_another_page_included():
    inner = annotated("Link", A=action("GoTo", D=pikepdf.Array([0, pikepdf.Name.Fit])))
    for body in (pdf(), pdf(inner), pdf(annotated("Link", F=4)), pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate)):
        assert check("paper.pdf", body).body == body


def web():
    return action("URI", URI=pikepdf.String("https://phish.example/"))


def with_a_base(document):
    document.Root.URI = pikepdf.Dictionary(Base=pikepdf.String("https://phish.example/"))
    annotated("Link", A=web())(document)


LINKED = {
    "written in the annotation": lambda d: annotated("Link", A=web())(d),
    "an object of its own": lambda d: annotated("Link", A=d.make_indirect(web()))(d),
    "with a base": with_a_base,
    "print": lambda d: annotated("Link", A=action("Named", N=pikepdf.Name.Print))(d),
    "in an outline": lambda d: in_root("/Outlines", pikepdf.Dictionary(First=pikepdf.Dictionary(Title=pikepdf.String("x"), A=web())))(d),
    "after a page": lambda d: annotated("Link", A=action("GoTo", D=pikepdf.Array([0]), Next=pikepdf.Array([web()])))(d),
}


@pytest.mark.spec("H02", thin=True)
@pytest.mark.parametrize("case", sorted(LINKED))
@pytest.mark.parametrize("packed", [False, True])
def test_p29_links_of_a_scanning_app_are_taken_out_and_the_pages_stay(case, packed):
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    kept = check("paper.pdf", pdf(LINKED[case], object_stream_mode=mode)).body

    with pikepdf.open(io.BytesIO(kept)) as seen:
        assert len(seen.pages) == 1
        words = b"".join(repr(thing).encode() for thing in seen.objects)
    assert b"/S: /URI" not in words
    assert b"/Named" not in words
    assert b"/URI" not in words or case == "with a base"
    assert inspection.inspect_pdf(kept) == (inspection.CLEAN, kept)


def test_a_pdf_that_unfolds_within_reason_passes():
    assert check("a.pdf", unfolding_pdf(30)).content_type == PDF


def test_p29_many_streams_that_unfold_together_are_refused():
    assert check("a.pdf", unfolding_pdf(20, streams=2)).content_type == PDF
    with pytest.raises(Refusal) as refused:
        check("a.pdf", unfolding_pdf(20, streams=4))
    assert refused.value.code == "upload_broken"


def test_p29_a_pdf_of_too_many_objects_is_refused():
    def crowd(document):
        document.Root.Odd = pikepdf.Array([document.make_indirect(pikepdf.Dictionary(A=n)) for n in range(inspection.MAX_OBJECTS)])

    with pytest.raises(Refusal) as refused:
        check("a.pdf", pdf(crowd))
    assert refused.value.code == "upload_broken"


@pytest.mark.parametrize("limit", ["CPU_SECONDS", "WALL_SECONDS", "MAX_BYTES"])
def test_p29_a_check_that_does_not_finish_refuses(monkeypatch, limit):
    monkeypatch.setattr(inspection, limit, {"CPU_SECONDS": 0.01, "WALL_SECONDS": 0.01, "MAX_BYTES": 10_000_000}[limit])

    assert inspection.inspect_pdf(pdf()) == (inspection.BROKEN, b"")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_p29_the_largest_picture_takes_less_than_300_mb(kind):
    mime = {"PNG": PNG, "JPEG": JPEG, "WEBP": WEBP}[kind]
    side = int(MAX_PIXELS[mime] ** 0.5)
    body = image(kind, (side, side), "RGB" if kind == "JPEG" else "RGBA")
    code = (
        "import sys, resource, django; django.setup()\n"
        "from kernel.uploads import _clean_image\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "body = sys.stdin.buffer.read(); before = peak(); _clean_image(body, sys.argv[1]); print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, mime], input=body, capture_output=True, check=True)

    assert int(done.stdout) < 300_000


@pytest.mark.parametrize(("kind", "name", "side"), [("PNG", "a.png", 4900), ("WEBP", "a.webp", 3163)])
def test_p29_one_pixel_row_too_many_is_refused(kind, name, side):
    with pytest.raises(Refusal) as refused:
        check(name, image(kind, (side, side), "L" if kind == "PNG" else "RGB"))
    assert refused.value.code == "upload_broken"


def test_p29_what_hides_behind_or_inside_a_picture_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "hidden words"
    exif[0x8825] = {1: "N", 2: (23.0, 6.0, 0.0)}
    for name, body in [("a.jpg", image("JPEG", exif=exif) + HTML), ("a.png", image() + HTML), ("a.webp", image("WEBP", exif=exif))]:
        clean = check(name, body).body

        assert b"hidden words" not in clean
        assert b"<script" not in clean
        with Image.open(io.BytesIO(clean)) as seen:
            assert not seen.getexif()


def test_a_kind_the_purpose_does_not_take_is_refused():
    with pytest.raises(Refusal) as refused:
        check("a.pdf", pdf(), types=frozenset({PNG}))
    assert refused.value.code == "upload_type"


def test_the_limit_is_exact_and_a_lying_size_does_not_pass():
    body = pdf()
    assert check_upload(SimpleUploadedFile("a.pdf", body), types=TYPES, max_bytes=len(body))
    for size in (len(body), 1):
        upload = SimpleUploadedFile("a.pdf", body)
        upload.size = size
        with pytest.raises(Refusal) as refused:
            check_upload(upload, types=TYPES, max_bytes=len(body) - 1)
        assert refused.value.code == "upload_too_large"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_p29_names_keep_only_their_readable_part(name):
    assert clean_name(name) == NAMES[name]


def test_p29_a_name_of_300_characters_is_cut_and_keeps_its_suffix():
    assert clean_name("名" * 300 + ".pdf") == "名" * 110 + ".pdf"
    assert len(clean_name("n" * 300)) == 120
    assert len(clean_name("n." + "p" * 300)) <= 120
