"""Form fields that take what people type and nothing that only a machine would: plain digits, and text without hidden characters."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WHOLE, BROKEN = re.compile(r"-?[0-9]+"), re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
MAX_DIGITS = 18  # below 2**63, whatever the field forgot to say
TURNERS = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}  # they make text read otherwise than it is stored
# Letters and signs by their category, blanks by their look; format characters (zero-width ones among them) go by their category.
BLANKS = {"\u034f", "\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
# The lower-case letters of other alphabets that nobody can tell from Latin ones on a screen.
TWINS = str.maketrans("аәеѕіјӏорԛсԝухһнкмтвгαεικνορτυχѡ", "aaesijlopqcwyxhhkmtbraeikvoptuxw")


def plain_number(value: object, *, whole: bool, negative: bool) -> object:
    """Return typed text that is a plain number; raises ValidationError for other digits, signs, groups, exponents and a minus zero."""
    if not isinstance(value, str):
        return value
    text = value.strip(" \t\r\n")
    if not text:
        return ""
    if not (WHOLE if whole else BROKEN).fullmatch(text) or (text.startswith("-") and not text.strip("-0.")):
        words = _("Enter a whole number in plain digits, such as 1200.") if whole else _("Enter a number in plain digits, such as 1200.50.")
        raise ValidationError(words, code="invalid")
    if text.startswith("-") and not negative:
        raise ValidationError(_("Enter a number without a minus sign."), code="negative")
    if sum(map(str.isdigit, text)) > MAX_DIGITS:
        raise ValidationError(_("The number has too many digits."), code="max_digits")
    return text


def _below_zero(field) -> bool:
    return field.min_value is None or field.min_value < 0


class PlainIntegerField(forms.IntegerField):
    """A whole number in plain ASCII digits, at most 18 of them; a minus only where `min_value` is absent or below zero."""

    def to_python(self, value):
        return super().to_python(plain_number(value, whole=True, negative=_below_zero(self)))


class PlainDecimalField(forms.DecimalField):
    """A number in plain ASCII digits with at most one point; a minus only where `min_value` is absent or below zero."""

    def to_python(self, value):
        return super().to_python(plain_number(value, whole=False, negative=_below_zero(self)))


def clean_text(text: str) -> str:
    """Take out characters that cannot be seen; raises ValidationError for those that turn text round or steer machines. Lines stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(c in TURNERS or unicodedata.category(c) == "Cs" or (unicodedata.category(c) == "Cc" and c not in "\n\t\v\f\x85") for c in text):
        raise ValidationError(_("The text contains hidden control characters. Type it instead of pasting it."), code="control_characters")
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and c not in BLANKS)


def clean_line(text: str) -> str:
    """One line of clean text: runs of blanks, tabs and line ends become one blank; raises ValidationError as `clean_text` does."""
    return " ".join(clean_text(text).split())


def look_alike(text: str) -> str:
    """The form in which two names that look the same are the same: for comparing, never for keeping or showing."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(TWINS)
    return "".join(c for c in plain if unicodedata.category(c)[0] not in "CZ" and c not in BLANKS)


class LineField(forms.CharField):
    """A name or title: one line, nothing hidden in it."""

    def to_python(self, value):
        value = super().to_python(value)
        return clean_line(value) if value not in self.empty_values else value


class LinesField(forms.CharField):
    """Text of several lines, nothing hidden in it."""

    widget = forms.Textarea

    def to_python(self, value):
        value = super().to_python(value)
        return clean_text(value).strip() if value not in self.empty_values else value
