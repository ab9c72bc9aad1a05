"""The house rules that import-linter cannot express, over every file; and proof that each rule can be broken."""

import ast
import re

import pytest

from . import checks
from .source import ROOMS, ROOT, Source, sources

ALL = sources()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PLANTED = {
    checks.long_files: ("orders/rules.py", "x = 1\n" * 401),
    checks.long_functions: ("orders/rules.py", "def f():\n" + "    x = 1\n" * 50),
    checks.managers_in_shells: ("orders/views/list.py", "def f(): return Order.objects.all()"),
    checks.signals: ("orders/apps.py", "post_save.connect(f)"),
    checks.save_overrides: ("orders/models/orders.py", "class A:\n    def save(self): pass"),
    checks.vague_modules: ("orders/utils.py", ""),
    checks.other_clocks: ("orders/services/a.py", "from django.utils import timezone\nx = timezone.now()"),
    checks.raw_markup: ("orders/templatetags/a.py", "def f(x): return mark_safe(x)"),
    checks.undocumented_services: ("orders/services/a.py", "def ship_order(no, *, actor): pass"),
    checks.services_reach_up: ("orders/services/a.py", "from django.http import Http404"),
    checks.impure_values: ("orders/rules.py", "from .models import Order"),
    checks.foreign_edges: ("orders/views/a.py", "from catalog.forms import ListingForm"),
    checks.shells_import_shells: ("orders/handlers.py", "from .views import page"),
    checks.positional_actors: ("orders/services/a.py", "def ship(no, actor): pass"),
    checks.key_locks: ("orders/services/a.py", "def f(): return lock(Order.objects.select_for_update(of=('self',)))"),
    checks.migrations_import_code: ("orders/migrations/0002_a.py", "from orders.models import Order"),
}


@pytest.mark.parametrize("check", checks.EVERYWHERE, ids=lambda check: check.__name__)
def test_every_file_keeps_the_house_rules(check):
    findings = [finding for source in ALL for finding in check(source)]

    assert findings == []


@pytest.mark.parametrize("check", PLANTED, ids=lambda check: check.__name__)
def test_every_house_rule_notices_its_breach(check):
    path, text = PLANTED[check]

    assert list(check(Source(path, text)))


def test_every_house_rule_has_a_planted_breach():
    assert {*checks.EVERYWHERE, checks.migrations_import_code} == set(PLANTED)


def test_migrations_import_no_code_of_the_rooms_but_field_classes():
    findings = [finding for source in sources(migrations=True) for finding in checks.migrations_import_code(source)]

    assert findings == []


def test_every_room_says_what_it_is_for():
    silent = [room for room in ROOMS if not ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8")))]

    assert silent == []


RAW = {
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"\{%\s*autoescape\s+off"),
    "style=": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "on…=": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(ld\+)?json\")[^>]*>", re.I),
    "inline style": re.compile(r"<style\b", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "javascript:": re.compile(r"javascript:", re.I),
}
PAPERS = re.compile(r"paper|pdf|print")  # WeasyPrint's templates never reach a browser, so they may hold their own style


def breaches(text: str, *, paper: bool = False) -> list[str]:
    return [what for what, pattern in RAW.items() if pattern.search(text) and not (paper and what in ("inline style", "style="))]


def test_templates_hold_no_raw_markup_and_nothing_the_policy_would_block():
    found = {
        t.relative_to(ROOT).as_posix(): bad
        for t in TEMPLATES
        if (bad := breaches(t.read_text(encoding="utf-8"), paper=bool(PAPERS.search(t.name))))
    }

    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["{{ a|safe }}", "{% autoescape off %}", '<p style="x">', '<a onclick="x()">', "<script>x</script>", "<style>",
     '<p hx-on:click="x">', '<a href="javascript:x">'],
)  # fmt: skip
def test_each_kind_of_raw_markup_is_noticed(text):
    assert breaches(text)


def test_every_posting_form_carries_the_csrf_token():
    form = re.compile(r"<form\b[^>]*method=[\"']?post[^>]*>(.*?)</form>", re.I | re.S)
    naked = [
        t.relative_to(ROOT).as_posix()
        for t in TEMPLATES
        for body in form.findall(t.read_text(encoding="utf-8"))
        if "csrf_token" not in body
    ]

    assert naked == []
