"""What goods of a category are described by: typed attributes, inherited down the tree. Rows become `Field`s in queries."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

KINDS = {
    "number": pgettext_lazy("attribute", "number"), "text": pgettext_lazy("attribute", "text"),
    "choice": pgettext_lazy("attribute", "choice"), "yes_no": pgettext_lazy("attribute", "yes or no"),
}  # fmt: skip
CODE = re.compile(r"[a-z][a-z0-9_]{1,29}")
MAX_TEXT = 80


@dataclass(frozen=True)
class Field:
    """One attribute of a category's schema; `choices` are (code, Chinese, English)."""

    code: str
    kind: str
    zh: str
    en: str
    unit: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    required: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    facet: bool = False

    @property
    def label(self) -> str:
        return self.en if _english() else self.zh

    def options(self) -> list[tuple[str, str]]:
        """The choices in the reader's language."""
        return [(code, en if _english() else zh) for code, zh, en in self.choices]

    def words(self, value, language: str) -> str:
        """A value for people: with its unit, in a language ("zh", "en")."""
        if self.kind == "choice":
            return next((zh if language == "zh" else en for code, zh, en in self.choices if code == value), str(value))
        if self.kind == "yes_no":
            return {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}[language, bool(value)]
        return f"{value} {self.unit}".strip()


def _english() -> bool:
    return (get_language() or "").startswith("en")


@dataclass
class Read:
    """Typed values that were understood, and sentences by attribute code for those that were not."""

    values: dict = field(default_factory=dict)
    faults: dict[str, object] = field(default_factory=dict)


def read_values(schema: Iterable[Field], typed: Mapping[str, object]) -> Read:
    """Turn what was typed, or came in a file, into values by the schema; an empty value is no value, an unknown code is refused."""
    found, schema = Read(), list(schema)
    known = {attribute.code for attribute in schema}
    for code in typed:
        if code not in known and typed[code] not in ("", None):
            found.faults[code] = _("This category has no such attribute.")
    for attribute in schema:
        raw = typed.get(attribute.code)
        if raw is None or raw == "":
            continue
        try:
            found.values[attribute.code] = _value(attribute, raw)
        except ValueError as error:
            found.faults[attribute.code] = str(error)
    return found


def _value(attribute: Field, raw):
    if attribute.kind == "number":
        return _number(attribute, raw)
    if attribute.kind == "yes_no":
        words = {True: True, False: False, "yes": True, "no": False, "是": True, "否": False}
        if raw not in words:
            raise ValueError(gettext("Answer with yes or no."))
        return words[raw]
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if attribute.kind == "choice":
        for code, zh, en in attribute.choices:
            if text in (code, zh, en):
                return code
        raise ValueError(gettext("Choose one of the values in the list."))
    if len(text) > MAX_TEXT:
        raise ValueError(gettext("At most %(n)s characters.") % {"n": MAX_TEXT})
    return text


def _number(attribute: Field, raw) -> str:
    """A number as plain text, so that 70 and 70.0 are one value."""
    text = str(raw).strip()
    try:
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", text, re.ASCII):
            raise InvalidOperation
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(gettext("Enter a number in plain digits, such as 1200.50.")) from error
    if attribute.low is not None and number < attribute.low:
        raise ValueError(gettext("At least %(n)s.") % {"n": f"{attribute.low.normalize():f}"})
    if attribute.high is not None and number > attribute.high:
        raise ValueError(gettext("At most %(n)s.") % {"n": f"{attribute.high.normalize():f}"})
    return f"{number.normalize():f}" if number else "0"


def missing(schema: Iterable[Field], values: Mapping[str, object]) -> dict[str, object]:
    """Sentences by attribute code for what a review asks for and is not there."""
    return {
        a.code: _("“%(name)s” is asked for in this category.") % {"name": a.label} for a in schema if a.required and a.code not in values
    }


def lines(schema: Iterable[Field], values: Mapping[str, object]) -> list[dict]:
    """Values as specification lines in both languages, in the order of the schema."""
    return [{"zh": [a.zh, a.words(values[a.code], "zh")], "en": [a.en, a.words(values[a.code], "en")]} for a in schema if a.code in values]


def read_choices(text: str) -> tuple[tuple[str, str, str], ...]:
    """Read choices written one a line as code | Chinese | English; raises ValueError with a sentence."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not all(parts) or not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,29}", parts[0], re.ASCII):
            raise ValueError(gettext("Write each choice on a line of its own: code | Chinese | English."))
        found.append((parts[0], parts[1][:60], parts[2][:60]))
    if len({code for code, _zh, _en in found}) != len(found):
        raise ValueError(gettext("Each code may stand once."))
    return tuple(found)
