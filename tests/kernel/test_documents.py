"""P28, P30: private files are sealed on disk and come back only whole; values about people are sealed in their rows."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from kernel.models import Document, PersonalValue
from kernel.responses import private_file
from kernel.services import Purpose, read_document, store_bytes, store_upload
from kernel.timer import COMMAND, Machinery
from kernel.uploads import PDF, PNG
from kernel.vault import digest, seal, unseal
from tests.kernel.hostile import image, pdf

SECRET = b"%PDF-1.4 licence 91110105MA0000001X"


def stored(body: bytes = SECRET, *, name="licence.pdf", content_type=PDF) -> Document:
    return store_bytes(
        body, file_name=name, content_type=content_type, purpose="tests", owner_chain="enterprise:1", actor=Machinery("person", 5)
    )


def files(settings) -> list[Path]:
    return [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]


@pytest.mark.django_db
@pytest.mark.spec("H54", thin=True)
def test_p30_a_paper_is_sealed_on_disk_under_a_name_that_says_nothing(settings):
    document = stored()

    (path,) = files(settings)
    assert b"licence" not in path.read_bytes()
    assert SECRET not in path.read_bytes()
    assert "licence" not in str(path.relative_to(settings.MEDIA_ROOT))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_document(document) == SECRET
    assert (document.size_bytes, document.uploaded_by_id, len(document.token)) == (len(SECRET), 5, 32)


@pytest.mark.django_db
def test_an_upload_is_checked_then_kept():
    upload = SimpleUploadedFile("../paper.pdf", pdf())

    document = store_upload(upload, purpose=Purpose("tests", frozenset({PDF})), owner_chain="tests:1", actor=COMMAND)

    assert (document.file_name, document.content_type, read_document(document)) == ("paper.pdf", PDF, pdf_of(upload))


def pdf_of(upload) -> bytes:
    upload.seek(0)
    return upload.read()


@pytest.mark.django_db
def test_p30_a_changed_or_exchanged_file_is_not_handed_out(settings):
    one, two = stored(), stored(b"%PDF-1.4 other")
    paths = {p.name: p for p in files(settings)}
    sealed = paths[one.token].read_bytes()

    paths[one.token].write_bytes(paths[two.token].read_bytes())
    with pytest.raises(ValueError, match="not what was stored"):
        read_document(one)
    paths[one.token].write_bytes(sealed[:-5] + b"AAAA=")
    with pytest.raises(InvalidToken):
        read_document(one)


@pytest.mark.django_db
def test_p24_a_file_that_cannot_be_written_leaves_no_row(settings, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kernel.services.documents.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        stored()
    assert Document.objects.count() == 0


@pytest.mark.django_db
def test_p30_after_a_key_is_rotated_old_papers_open_and_without_the_old_key_they_do_not(settings):
    old, new = settings.DATA_KEYS[-1], Fernet.generate_key().decode()
    document = stored()
    lookup = digest("a value")

    settings.DATA_KEYS = [new, old]
    assert read_document(document) == SECRET
    assert digest("a value") == lookup
    assert Fernet(new).decrypt(seal(b"x")) == b"x"
    settings.DATA_KEYS = [new]
    with pytest.raises(InvalidToken):
        read_document(document)


def test_without_keys_nothing_is_sealed(settings):
    settings.DATA_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        seal(b"x")


def test_sealing_twice_gives_different_bytes_and_one_plain_text():
    assert seal(b"same") != seal(b"same")
    assert unseal(seal(b"same")) == b"same"


@pytest.mark.django_db
def test_a_sealed_field_is_plain_in_python_and_not_in_the_table(settings):
    row = PersonalValue.objects.create(subject="person:1", kind="phone", lookup="x", salt="s", value="020-80000000 张三", commitment="c")

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM kernel_personalvalue WHERE id = %s", [row.pk])
        assert cursor.fetchone()[0].startswith("gAAAA")
    assert PersonalValue.objects.get(pk=row.pk).value == "020-80000000 张三"
    settings.DATA_KEYS = [Fernet.generate_key().decode()]
    assert PersonalValue.objects.get(pk=row.pk).value == "�"


@pytest.mark.django_db
def test_p28_a_private_file_is_an_attachment_sandboxed_and_never_cached():
    document = stored(name='营业 "执照".pdf')

    response = private_file(document, inline=True)

    assert response.content == SECRET
    assert response["Content-Disposition"] == "attachment; filename*=UTF-8''%E8%90%A5%E4%B8%9A%20%22%E6%89%A7%E7%85%A7%22.pdf"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (response["Cache-Control"], response["Content-Type"]) == ("private, no-store", PDF)


@pytest.mark.django_db
def test_p28_only_pictures_we_encoded_are_shown_in_place_and_only_when_asked():
    picture = stored(image(), name="a.png", content_type=PNG)

    assert private_file(picture, inline=True)["Content-Disposition"].startswith("inline;")
    assert private_file(picture)["Content-Disposition"].startswith("attachment;")
