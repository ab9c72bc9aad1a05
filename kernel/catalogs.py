"""Message catalogues without GNU gettext: English msgids from code and templates, Chinese beside them, one catalogue an app."""

import ast
import io
import os
import re
from dataclasses import dataclass, field
from gettext import GNUTranslations
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

FOLDER = "zh_Hans"
HEADER = (
    'msgid ""\nmsgstr ""\n"Project-Id-Version: evenhand\\n"\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
# function -> positions of (context, msgid, plural)
CALLS = {
    "gettext": (None, 0, None), "gettext_lazy": (None, 0, None), "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1), "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None), "pgettext_lazy": (0, 1, None), "npgettext": (0, 1, 2), "npgettext_lazy": (0, 1, 2),
}  # fmt: skip
_STRING = r"""(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
_TEMPLATE_CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d*(?:\.\d+)?([a-zA-Z%])")


@dataclass(frozen=True, order=True)
class Msg:
    """One thing to translate."""

    msgid: str
    plural: str = ""
    context: str = ""

    @property
    def id(self):
        return (self.msgid, self.plural) if self.plural else self.msgid


@dataclass
class Source:
    """A catalogue and the files its messages come from."""

    label: str
    po: Path
    files: list[Path] = field(default_factory=list)

    @property
    def mo(self) -> Path:
        return self.po.with_suffix(".mo")


def sources() -> list[Source]:
    """One catalogue for each of our apps (its code and templates/<app>/), one for all the rest."""
    base = Path(settings.BASE_DIR)
    ours = {c.label: Path(c.path) for c in apps.get_app_configs() if Path(c.path).parent == base}
    templates = base / "templates"
    found = []
    for label, folder in sorted(ours.items()):
        files = [*_files(folder, ".py"), *_files(templates / label, ".html", ".txt")]
        found.append(Source(label, folder / f"locale/{FOLDER}/LC_MESSAGES/django.po", files))
    rest = [f for f in _files(templates, ".html", ".txt") if f.relative_to(templates).parts[0] not in ours]
    found.append(Source("site", base / f"locale/{FOLDER}/LC_MESSAGES/django.po", [*_files(base / "barter", ".py"), *rest]))
    return found


def _files(folder: Path, *suffixes: str) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if f.suffix in suffixes and "migrations" not in f.parts)


def extract(source: Source) -> set[Msg]:
    """Find every message of a catalogue's files."""
    found: set[Msg] = set()
    for path in source.files:
        text = path.read_text(encoding="utf-8")
        found |= from_python(text) if path.suffix == ".py" else from_template(text)
    return found


def from_python(text: str) -> set[Msg]:
    """Find messages in Python code, through whatever name a gettext function was imported as."""
    tree = ast.parse(text)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names.update({alias.asname or alias.name: alias.name for alias in node.names if alias.name in CALLS})
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else names.get(getattr(node.func, "id", ""))
        if called in CALLS:
            found |= _message(called, [a.value if isinstance(a, ast.Constant) else None for a in node.args])
    return found


def from_template(text: str) -> set[Msg]:
    """Find messages in a template, as Django's own makemessages reads it (trimmed blocks, doubled percent signs)."""
    found = set()
    for name, literals in _TEMPLATE_CALL.findall(templatize(text)):
        values = ast.literal_eval(f"[{literals}]")
        found |= _message("gettext" if name == "_" else name, values)
    return found


def _message(called: str, values: list) -> set[Msg]:
    parts = [values[i] if i is not None and i < len(values) else "" for i in CALLS[called]]
    context, msgid, plural = parts
    return {Msg(msgid, plural or "", context or "")} if isinstance(msgid, str) and msgid else set()


def stored(source: Source) -> Catalog:
    """Read a catalogue as it is kept; an absent one is empty."""
    if not source.po.exists():
        return Catalog(locale=FOLDER)
    with source.po.open("rb") as file:
        return read_po(file, locale=FOLDER)


def complete(string) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def write(source: Source) -> tuple[int, int]:
    """Bring a catalogue up to date, keeping what is translated; returns how many messages were added and dropped."""
    old, wanted, new = stored(source), extract(source), Catalog(locale=FOLDER)
    before = {(m.id, m.context or "") for m in old if m.id}
    for msg in sorted(wanted):
        kept = old.get(msg.msgid, msg.context or None)
        string = kept.string if kept and kept.id == msg.id else _other_form(kept, msg)
        new.add(msg.id, string, context=msg.context or None)
    after = {(m.id, m.context) for m in wanted}
    _write_po(source.po, new)
    return len(after - before), len(before - after)


def _other_form(kept, msg: Msg):
    first = (kept.string[0] if isinstance(kept.string, (tuple, list)) else kept.string) if kept else ""
    return (first,) if msg.plural else first


def _write_po(path: Path, catalog: Catalog) -> None:
    out = io.BytesIO()
    write_po(out, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    text = HEADER + out.getvalue().decode()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def compile_stale(source: Source) -> bool:
    """Make the .mo file when the .po is newer; True when something was written."""
    if not source.po.exists() or (source.mo.exists() and source.mo.stat().st_mtime_ns >= source.po.stat().st_mtime_ns):
        return False
    kept = Catalog(locale=FOLDER)
    for message in stored(source):
        if message.id and complete(message.string):
            kept.add(message.id, message.string, context=message.context)
    temporary = source.mo.with_name(f".{os.getpid()}.mo")
    with temporary.open("wb") as file:
        write_mo(file, kept)
    os.replace(temporary, source.mo)
    return True


def findings(source: Source, lent: set[str]) -> list[str]:
    """Say what a catalogue lacks: messages without Chinese, leftovers, and placeholders that differ. `lent` is what Django translates."""
    catalog, found = stored(source), []
    wanted = extract(source)
    for msg in sorted(wanted):
        kept = catalog.get(msg.msgid, msg.context or None)
        string = kept.string if kept else ""
        if complete(string):
            for text in string if isinstance(string, (tuple, list)) else [string]:
                found += _placeholder_finding(msg, text or "")
        elif msg.context or msg.msgid not in lent:
            found.append(f"no Chinese for {msg.msgid!r}")
    known = {(m.msgid, m.context) for m in wanted}
    for message in catalog:
        msgid = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        if msgid and (msgid, message.context or "") not in known:
            found.append(f"no longer used: {msgid!r}")
    return [f"{source.label}: {line}" for line in found]


def _placeholder_finding(msg: Msg, text: str) -> list[str]:
    allowed = {frozenset(placeholders(msg.msgid)), frozenset(placeholders(msg.plural or msg.msgid))}
    if frozenset(placeholders(text)) in allowed:
        return []
    return [f"placeholders differ: {msg.msgid!r} and {text!r}"]


def placeholders(text: str) -> list[str]:
    """The named and positional % placeholders of a message; a lone per cent sign is text."""
    return sorted(m[0] for m in _PLACEHOLDER.finditer(text) if m[1] or m[2] in "sd")


def lent_by_others() -> set[str]:
    """Messages that Django and the other installed packages bring in Chinese."""
    base = Path(settings.BASE_DIR)
    folders = [Path(django.__file__).parent / "conf", *(Path(c.path) for c in apps.get_app_configs() if Path(c.path).parent != base)]
    found: set[str] = set()
    for folder in folders:
        path = folder / f"locale/{FOLDER}/LC_MESSAGES/django.mo"
        if path.exists():
            with path.open("rb") as file:
                found |= {m for m in GNUTranslations(file)._catalog if isinstance(m, str)}  # type: ignore[attr-defined]
    return found


def clashes() -> list[str]:
    """Say which messages two catalogues translate differently: Django merges all of them, so one would silently win everywhere."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    found = []
    for source in sources():
        for message in stored(source):
            msgid = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            string = message.string[0] if isinstance(message.string, (tuple, list)) else message.string
            label, other = seen.setdefault((msgid, message.context or ""), (source.label, string))  # type: ignore[arg-type]
            if msgid and string and other != string:
                found.append(f"{source.label}: {msgid!r} is {string!r} here and {other!r} in {label}; give one of them a context")
    return found
