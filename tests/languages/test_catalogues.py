"""The message command: what it finds, what it keeps, what it calls a finding."""

import gettext
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from kernel import catalogs
from kernel.catalogs import Msg, Source


@pytest.fixture
def source(tmp_path):
    def make(text: str, po: str = "") -> Source:
        file = tmp_path / "code.py"
        file.write_text("from django.utils.translation import gettext as _, ngettext\n" + text)
        made = Source("app", tmp_path / "locale/django.po", [file])
        if po:
            made.po.parent.mkdir(exist_ok=True)
            made.po.write_text(catalogs.HEADER + po)
        return made

    return make


def test_python_messages_are_found_through_any_import_name():
    code = """
from django.utils.translation import gettext_lazy as _, gettext_noop as later, ngettext, pgettext_lazy
from somewhere import gettext
_("joined " "literal")
later("order %(no)s")
ngettext("%(n)s day", "%(n)s days", n)
pgettext_lazy("verb", "Open")
gettext("not ours")
_(variable)
row, _unused = _("twice"), _("twice")
"""
    assert catalogs.from_python(code) == {
        Msg("joined literal"), Msg("order %(no)s"), Msg("%(n)s day", "%(n)s days"), Msg("Open", context="verb"), Msg("twice"),
    }  # fmt: skip


def test_template_messages_are_found_as_django_looks_them_up():
    text = """
{% translate "Plain" %}{% translate 'It is "so"' as x %}{% translate "100%" %}{% translate "Open" context "row" %}
{% panel _("In a tag") %}{{ value|default:_("In a filter") }}
{% blocktranslate trimmed with a=b %}
  Two
  lines {{ a }}
{% endblocktranslate %}
{% blocktranslate count n=k %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}
{% comment %}{% translate "never" %}{% endcomment %}
"""
    assert catalogs.from_template(text) == {
        Msg("Plain"), Msg('It is "so"'), Msg("100%%"), Msg("Open", context="row"), Msg("In a tag"), Msg("In a filter"),
        Msg("Two lines %(a)s"), Msg("%(n)s day", "%(n)s days"),
    }  # fmt: skip


def test_writing_keeps_adds_drops_and_is_stable(source):
    kept = source('_("old"); _("new"); ngettext("%(n)s a", "%(n)s as", 2)', 'msgid "old"\nmsgstr "旧"\n\nmsgid "gone"\nmsgstr "无"\n')

    assert catalogs.write(kept) == (2, 1)
    once = kept.po.read_text()
    assert catalogs.write(kept) == (0, 0)

    assert kept.po.read_text() == once
    assert 'msgid "old"\nmsgstr "旧"' in once and 'msgid "new"\nmsgstr ""' in once and "gone" not in once
    assert 'msgid_plural "%(n)s as"\nmsgstr[0] ""' in once


def test_findings_name_gaps_leftovers_and_strange_placeholders(source):
    made = source(
        '_("gap"); _("Log in"); _("%(a)s of %(b)s"); _("fine %(a)s, 5% off")',
        'msgid "left"\nmsgstr "余"\n\nmsgid "%(a)s of %(b)s"\nmsgstr "%(b)s 中"\n\nmsgid "fine %(a)s, 5% off"\nmsgstr "%(a)s，九五折"\n',
    )

    found = catalogs.findings(made, lent={"Log in"})

    assert found == [
        "app: placeholders differ: '%(a)s of %(b)s' and '%(b)s 中'", "app: no Chinese for 'gap'", "app: no longer used: 'left'",
    ]  # fmt: skip


def test_compiling_is_done_when_stale_and_leaves_gaps_to_the_next_catalogue(source):
    made = source("", 'msgid "a"\nmsgstr "甲"\n\nmsgid "b"\nmsgstr ""\n\nmsgid "%(n)s d"\nmsgid_plural "%(n)s ds"\nmsgstr[0] ""\n')

    assert [catalogs.compile_stale(made), catalogs.compile_stale(made)] == [True, False]

    with made.mo.open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert (read.gettext("a"), read.gettext("b"), read.ngettext("%(n)s d", "%(n)s ds", 2)) == ("甲", "b", "%(n)s ds")


def test_every_file_of_ours_belongs_to_exactly_one_catalogue():
    files = [f for source in catalogs.sources() for f in source.files]

    assert len(files) == len(set(files))
    assert {s.label for s in catalogs.sources()} >= {"site", "kernel", "messaging", "helpdesk", "orders"}
    templates = set((Path(catalogs.settings.BASE_DIR) / "templates").rglob("*.html"))
    assert templates <= set(files)


@pytest.mark.parametrize("label", ["kernel", "messaging", "helpdesk"])
def test_these_rooms_speak_chinese_completely(label):
    out = StringIO()

    call_command("messages", label, "--check", stdout=out)

    assert out.getvalue().strip().endswith("0 findings in 1 catalogues")


def test_two_catalogues_never_translate_one_message_differently():
    assert catalogs.clashes() == []
