"""Strict CSP and page rules, read from the templates themselves."""

import re
from pathlib import Path

import brotli
import pytest

from kernel.stylesheets import PARTS

ROOT = Path(__file__).resolve().parents[2]
# paper_*.html becomes a PDF and never meets a browser or its policy
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if not path.name.startswith("paper_"))
FORBIDDEN = {
    "inline style": re.compile(r"<[^>{]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "script without src": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "javascript: address": re.compile(r"javascript:", re.I),
    "htmx script": re.compile(r"\bhx-on\b|hx-vals\s*=\s*['\"]js:", re.I),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_the_policy_forbids(path):
    text = path.read_text(encoding="utf-8")

    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("sample", ['<p style="x">', "<button onclick='x()'>", "<script>alert(1)</script>", "<div hx-on:click='x'>"])
def test_the_patterns_find_what_they_are_for(sample):
    assert any(pattern.search(sample) for pattern in FORBIDDEN.values())


def test_every_component_is_shown_in_the_style_guide():
    parts = ["styleguide.html", "ui/message.html", "ui/fields.html"]  # the guide, and two components that are made of others
    guide = "".join((ROOT / "templates" / part).read_text(encoding="utf-8") for part in parts)
    tags = set(re.findall(r"{%\s*(\w+)", guide))
    by_tag = {"next_step": "nextstep"}
    shell = {"account", "flashes", "footer", "jump", "language", "logo", "side", "strip", "tab_bar", "two_search", "hold", "trace"}
    components = {path.stem for path in (ROOT / "templates/ui").glob("[!_]*.html")} - shell

    shown = {name for name in components if by_tag.get(name, name) in tags or f"ui/{name}.html" in guide}

    assert components - shown == set()


def test_styles_and_scripts_stay_within_their_budgets():
    css = b"".join((ROOT / "static" / name).read_bytes() for name in PARTS)
    js = b"".join(path.read_bytes() for path in sorted((ROOT / "static/js").glob("*.js")))

    assert len(PARTS) <= 12
    assert len(brotli.compress(css)) <= 12 * 1024
    assert len(js) <= 6 * 1024


def test_style_files_are_whole_and_use_only_what_the_browser_floor_knows():
    for path in sorted((ROOT / "static/css").glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        assert text.count("{") == text.count("}"), path.name
        assert not re.search(r"color-mix\(|light-dark\(|oklch\(|@import|https?://(?!www\.w3\.org)", text), path.name
