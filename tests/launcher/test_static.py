"""`./dev up` collects the style files once, serves them compressed and immutable, and a cold page stays within its budget (UI §8)."""

import re
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from launcher import static

ASKED = re.compile(r'(?:href|src)="/static/([^"#]+)')


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.setattr(static, "PLACE", tmp_path / "static")
    monkeypatch.setattr(static, "PY", sys.executable)
    monkeypatch.setattr(static, "VENV", tmp_path)
    (tmp_path / ".stamp").write_text("packages")
    collect = "import os; p = os.environ['STATIC_ROOT']; os.mkdir(p); open(p + '/staticfiles.json', 'w').close()"
    monkeypatch.setattr(static, "COLLECT", collect)
    return tmp_path


def collected(debug: str = "0") -> bool:
    files = static.StaticFiles({"DEBUG": debug})
    files.wait()
    return files.process is not None


def test_files_are_collected_once_and_again_when_one_has_changed(place, monkeypatch):
    assert collected() is True
    assert collected() is False

    monkeypatch.setattr(static, "fingerprint", lambda: "a style file was edited")

    assert collected() is True


def test_an_interrupted_collection_begins_anew(place):
    files = static.StaticFiles({"DEBUG": "0"})
    files.stop()

    assert collected() is True


def test_a_failed_collection_is_told_and_leaves_no_stamp(place, monkeypatch):
    monkeypatch.setattr(static, "COLLECT", "raise SystemExit(3)")

    with pytest.raises(SystemExit, match="style files could not be collected"):
        collected()

    assert not (place / "static.stamp").exists()


def test_a_developers_files_are_served_as_they_stand(place):
    assert collected(debug="1") is False
    assert static.static_environment({"DEBUG": "1"}) == {}
    assert static.static_environment({"DEBUG": "0"}) == {"MANIFEST_STATIC": "1", "STATIC_ROOT": str(place / "static")}


def test_the_fingerprint_sees_an_edited_file(monkeypatch, tmp_path):
    monkeypatch.setattr(static, "VENV", tmp_path)
    (tmp_path / ".stamp").write_text("packages")
    first = static.fingerprint()
    (tmp_path / ".stamp").write_text("other packages")

    assert static.fingerprint() != first


@pytest.mark.django_db
def test_a_cold_market_page_asks_for_little(client, settings, tmp_path):
    settings.STATIC_ROOT = str(tmp_path / "static")
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "barter.staticfiles.SiteStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "guardian", "mfa", "account", "htm?x-4*"])

    page = client.get("/market/", headers={"accept-encoding": "gzip"})
    files = {name for name in ASKED.findall(client.get("/market/").content.decode()) if not name.endswith("art.svg")}
    drawings = next(path.name for path in Path(settings.STATIC_ROOT, "img").glob("art.*.svg"))
    files.add(f"img/{drawings}")  # every offer without a photo has one
    sizes = [Path(settings.STATIC_ROOT, name + ".br").stat().st_size for name in files]

    assert all(re.search(r"\.[0-9a-f]{12}\.\w+$", name) for name in files), files  # hashed, so kept for ever
    assert 1 + len(files) <= 12
    assert len(page.content) + sum(sizes) <= 60_000
