"""The frame pages render in both languages, each with one h1, a title and its language."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation

ENTRANCE = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]


def _well_formed(html, language):
    assert len(re.findall(r"<h1\b", html)) == 1
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}">' in html
    assert re.search(r"<title>\s*\S", html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ENTRANCE)
def test_entrance_pages_render(db, client, path, language):
    client.cookies["django_language"] = language

    response = client.get(path)

    assert response.status_code == 200
    _well_formed(response.content.decode(), language)
    assert "'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_style_guide_shows_every_component_in_both_languages(rf, language):
    request = rf.get("/styleguide/")
    request.user = type("Guest", (), {"is_authenticated": False, "is_staff": False})()

    with translation.override(language):
        html = render_to_string("styleguide.html", {"request": request})

    _well_formed(html, language)
    assert ("样式手册" if language == "zh-hans" else "Style guide") in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["500", "400", "403_csrf"])
def test_fault_pages_need_no_request(name, language):
    with translation.override(language):
        html = render_to_string(f"{name}.html")

    _well_formed(html, language)


def test_the_500_page_says_what_happened_to_money():
    with translation.override("en"):
        assert "no money and no goods have moved" in render_to_string("500.html")


def test_production_joins_the_style_files_into_one(tmp_path, settings):
    from django.contrib.staticfiles.finders import get_finders

    from barter.staticfiles import SiteStorage
    from kernel.stylesheets import JOINED, PARTS

    settings.STATIC_ROOT = str(tmp_path)
    storage = SiteStorage(location=str(tmp_path), base_url="/static/")
    paths = {name: (origin, name) for finder in get_finders() for name, origin in finder.list([]) if name in PARTS}
    for name, (origin, path) in paths.items():
        with origin.open(path) as part:
            storage.save(name, part)

    results = list(storage.post_process({name: (storage, name) for name in paths}))

    assert not [r for r in results if isinstance(r[2], Exception)]
    hashed = storage.stored_name(JOINED)
    assert re.fullmatch(r"css/site\.[0-9a-f]{12}\.css", hashed)
    text = (tmp_path / hashed).read_text(encoding="utf-8")
    assert text.index("@layer reset, tokens") < text.index(".btn.primary") < text.index("@page")
    assert (tmp_path / (hashed + ".br")).exists()
