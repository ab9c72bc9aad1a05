"""The columns of files that people send and take: one table for each kind of file, read as strictly as the forms read.

A column is a form field with a head in both languages; a new one is a line in its table, and in the function that makes a value of a row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.fields import BLANKS, LineField, LinesField, PlainDecimalField, PlainIntegerField
from kernel.money import EXPONENTS
from kernel.refusals import Refusal

from .models.stock import StockMovement
from .models.units import UNITS

LANGUAGES = ("zh-hans", "en")
WHY = _("Why it was refused")  # a sheet of refused rows may come back as it is
SEPARATORS = re.compile(r"[,，、;；\n]+")
LINE_ENDS = re.compile(r"[\n;；]+")
YES, NO = {"1", "yes", "y", "true", "是", "有"}, {"", "0", "no", "n", "false", "否", "无"}


@dataclass(frozen=True)
class Column:
    """`field` reads a cell; `quick` may read the usual cell faster (None: ask the field); `default` stands where the column is absent."""

    name: str
    label: Any
    field: forms.Field
    help: Any = ""
    example: str = ""
    quick: Callable[[str], Any] | None = None
    default: Any = ""

    @property
    def required(self) -> bool:
        return self.field.required

    def read(self, cell: str) -> Any:
        """The value of a cell; raises ValidationError with the sentence of the form."""
        if self.quick is not None and (value := self.quick(cell)) is not None:
            return value
        return self.field.clean(cell)

    def heads(self) -> set[str]:
        """What the head may be: the name, or the label in either language."""
        return {_folded(self.name), *(_folded(in_language(self.label, code)) for code in LANGUAGES)}


def in_language(text, code: str) -> str:
    """A translatable text in one language."""
    with translation.override(code):
        return str(text)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


# ---------- quick readers: they answer what the field would, or None ----------


def _quick_line(most: int):
    def read(cell: str) -> str | None:
        plain = len(cell) <= most and cell.isprintable() and "  " not in cell and BLANKS.isdisjoint(cell)
        return cell if plain and cell and cell[0] != " " != cell[-1] else None

    return read


def _remembered(field: forms.Field):
    """What a field made of a cell, remembered: files say the same thing of many rows. A cell that it refuses is asked again."""

    @lru_cache(2048)
    def made(cell: str) -> tuple:
        return tuple(field.clean(cell))

    return lambda cell: list(made(cell))


def _quick_number(whole: int, places: int, *, positive: bool):
    pattern = re.compile(rf"[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{places}}})?")

    def read(cell: str) -> Decimal | None:
        if pattern.fullmatch(cell) is None:
            return None
        value = Decimal(cell)
        return value if value or not positive else None

    return read


class ChoiceCell(forms.Field):
    """One of some codes, written as the code or as its name in either language."""

    def __init__(self, names: Callable[[], Mapping[str, str]], **kwargs):
        super().__init__(**kwargs)
        self.names = names

    def to_python(self, value):
        if not value:
            return ""
        found = self.names().get(_folded(value))
        if found is None:
            raise ValidationError(_("“%(value)s” is not one of the values of this column.") % {"value": value[:40]})
        return found


class ChoicesCell(ChoiceCell):
    """Several codes, separated by commas."""

    def to_python(self, value):
        return [ChoiceCell.to_python(self, part.strip()) for part in SEPARATORS.split(value or "") if part.strip()]


class YesNoCell(forms.Field):
    def to_python(self, value):
        word = _folded(value or "")
        if word not in YES | NO:
            raise ValidationError(_("Write yes or no."))
        return word in YES


class WantsCell(LineField):
    def to_python(self, value):
        found = [want.strip() for want in SEPARATORS.split(super().to_python(value) or "") if want.strip()]
        if len(found) > 6 or any(len(want) > 24 for want in found):
            raise ValidationError(_("At most six, each of at most 24 characters."))
        return found


class HsCell(forms.RegexField):
    def __init__(self, **kwargs):
        super().__init__(r"^[0-9]{4,10}$", error_messages={"invalid": _("4 to 10 digits; needed for cross-border orders.")}, **kwargs)


@cache
def _names_of(choices: tuple[tuple[str, Any], ...]) -> dict[str, str]:
    found = {}
    for code, label in choices:
        for name in (code, *(in_language(label, language) for language in LANGUAGES)):
            found[_folded(name)] = code
    return found


def _chosen(choices) -> Callable[[], Mapping[str, str]]:
    return lambda: _names_of(tuple(choices))


def _category_names() -> Mapping[str, str]:
    from .queries.categories import category_names

    return category_names()


def _line(most: int, **more) -> dict:
    return {"field": LineField(max_length=most, required=more.pop("required", False)), "quick": _quick_line(most), **more}


def _lines(most: int, required: bool = False) -> dict:
    return {"field": LinesField(max_length=most, required=required), "quick": _quick_line(most)}


CURRENCY = [(code, code) for code in EXPONENTS if code != "XEH"]
LISTING_COLUMNS = (
    Column("sku", _("Article number"), **_line(40), example="KP-150",
           help=_("Your own number of the goods. With it, sending the file again changes the goods instead of listing them twice.")),
    Column("category", _("Category"), ChoiceCell(_category_names), example="PAP", help=_("The code or the name of a category.")),
    Column("title_zh", _("Title in Chinese"), **_line(120), example="牛卡纸 150g"),
    Column("title_en", _("Title in English"), **_line(160), example="Kraft liner 150 gsm", help=_("One of the two titles is enough.")),
    Column("spec_zh", _("Specification in Chinese"), **_lines(2000, True), example="克重：150 g；幅宽：1200 mm",
           help=_("Name, colon, value; several separated by semicolons or line ends.")),
    Column("spec_en", _("Specification in English"), **_lines(2000), example="Grammage: 150 g; Width: 1200 mm",
           help=_("The same lines in English.")),
    Column("attributes", _("Attributes"), **_lines(2000), example="grammage: 150; form: reel",
           help=_("What the category asks for: name or code, colon, value; several separated by semicolons or line ends.")),
    Column("description_zh", _("Description in Chinese"), **_lines(4000), example="纯木浆，卷筒包装，出厂附检验单。"),
    Column("description_en", _("Description in English"), **_lines(4000), example="Virgin fibre, in reels, with a test report."),
    Column("price", _("Price a unit, tax included"), PlainDecimalField(max_digits=15, decimal_places=3, min_value=Decimal("0.001")),
           quick=_quick_number(12, 3, positive=True), example="4280.00"),
    Column("currency", _("Currency"), ChoiceCell(_chosen(CURRENCY), required=False), example="CNY", default="CNY"),
    Column("unit", _("Unit"), ChoiceCell(_chosen(UNITS)), example="t", help=_("The code or the name of a unit.")),
    Column("moq", _("Minimum order quantity"), PlainDecimalField(max_digits=14, decimal_places=3, min_value=Decimal("0.001")),
           quick=_quick_number(11, 3, positive=True), example="10", default=Decimal(1)),
    Column("opening_stock", _("Stock now"), PlainDecimalField(max_digits=14, decimal_places=3, min_value=0, required=False),
           quick=_quick_number(11, 3, positive=False), example="120", default=None,
           help=_("Booked in for new goods only; the stock of goods you have listed is changed by a stock file.")),
    Column("lead_days", _("Lead time, days"), PlainIntegerField(min_value=0, max_value=365), example="7", default=7,
           quick=lambda cell: int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 3 else None),
    Column("place", _("Ships from"), **_line(40, required=True), example="佛山"),
    Column("hs_code", _("HS code"), HsCell(required=False), example="48041100",
           quick=lru_cache(2048)(HsCell(required=False).clean)),
    Column("ready_to_ship", _("Ready to ship from stock"), YesNoCell(required=False), example="1", default=False,
           quick={"1": True, "0": False}.get,
           help=_("1 or 0, yes or no.")),
    Column("wants", _("What you want in exchange"), WantsCell(max_length=400, required=False), example="包装机械、仓储服务", default=[],
           quick=_remembered(WantsCell(max_length=400, required=False)),
           help=_("Up to six goods or services, separated by commas.")),
    Column("want_categories", _("Categories you want goods from"), ChoicesCell(_category_names, required=False), default=[],
           help=_("Codes or names of categories, separated by commas.")),
)  # fmt: skip
GOODS = Column(
    "goods", _("Goods (number or article number)"), LineField(max_length=40), example="KP-150", quick=_quick_line(40),
    help=_("The number of the listing, or your own article number."),
)  # fmt: skip
STOCK_COLUMNS = (
    GOODS,
    Column("kind", _("What happened"), ChoiceCell(_chosen(StockMovement.KINDS[:3])), example="in",
           help=_("in, out, or adjust for a correction, which may be negative.")),
    Column("quantity", pgettext_lazy("stock", "Quantity moved"), PlainDecimalField(max_digits=14, decimal_places=3),
           quick=_quick_number(11, 3, positive=True), example="30"),
    Column("reason", _("Reason"), **_line(200, required=True), example="delivery"),
    Column("document_no", _("Document number"), **_line(40), example="DN-2026-0117"),
)  # fmt: skip
COUNT_COLUMNS = (
    GOODS,
    Column("title", pgettext_lazy("stock count", "Title"), forms.CharField(required=False, max_length=400), help=_("Read by people only.")),
    Column("expected", _("In the books"), forms.CharField(required=False, max_length=40), help=_("Read by people only.")),
    Column("counted", _("Counted"), PlainDecimalField(max_digits=14, decimal_places=3, min_value=0, required=False),
           quick=_quick_number(11, 3, positive=False), example="118", default=None, help=_("Left empty, the goods are not counted.")),
    Column("reason", _("Reason for the difference"), **_line(200), example="damaged"),
)  # fmt: skip


# ---------- heads and rows ----------


def columns_of(header: Sequence[str], table: Sequence[Column]) -> list[Column | None]:
    """The columns of a file in its order (None: the column of reasons); raises Refusal("header_unknown") naming what is wrong with it."""
    known = {head: column for column in table for head in column.heads()}
    whys = {_folded(in_language(WHY, code)) for code in LANGUAGES}
    found: list[Column | None] = [None if _folded(head) in whys else known.get(_folded(head)) for head in header]
    strange = [head or _("(empty)") for head, column in zip(header, found, strict=True) if column is None and _folded(head) not in whys]
    names = [column.name for column in found if column is not None]
    twice = [str(column.label) for column in table if names.count(column.name) > 1]
    missing = [str(column.label) for column in table if column.required and column.name not in names and not column.default]
    said = []
    if strange:
        said.append(_("Unknown columns: %(names)s.") % {"names": ", ".join(str(name)[:40] for name in strange[:10])})
    if twice:
        said.append(_("Columns that occur twice: %(names)s.") % {"names": ", ".join(twice)})
    if missing:
        said.append(_("Missing columns: %(names)s.") % {"names": ", ".join(missing)})
    if said:
        raise Refusal("header_unknown", " ".join([*map(str, said), str(_("Use the first row of the template as it is."))]))
    return found


def bound(columns: Iterable[Column | None]) -> list[Column | None]:
    """The same columns with the names of their choices read once: for the rows of one batch."""
    return [_bound(column) if column is not None and isinstance(column.field, ChoiceCell) else column for column in columns]


def _bound(column: Column) -> Column:
    names = dict(column.field.names())
    field = type(column.field)(lambda: names, required=column.field.required)
    quick = None if isinstance(field, ChoicesCell) else lambda cell: names.get(_folded(cell))
    return replace(column, field=field, quick=quick)


def read_cells(columns: Iterable[Column | None], cells: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The values of a row by column, and a sentence for each cell that has none, naming its column."""
    values, wrong, width = {}, [], len(cells)
    for place, column in enumerate(columns):
        if column is None:
            continue
        cell = cells[place] if place < width else ""
        if not cell and column.default not in ("", None, []):
            values[column.name] = column.default
            continue
        try:
            values[column.name] = column.read(cell)
        except ValidationError as error:
            wrong.append(told(column, " ".join(error.messages)))
    return values, wrong


def told(column: Column, sentence: object) -> str:
    """What is wrong with one cell."""
    return f"{column.label}: {sentence}"
