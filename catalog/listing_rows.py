"""What a row of a file of goods means: its cells as the terms of a listing, with the checks that the form makes across fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.jobs import RowRefused
from kernel.money import Money

from . import rules
from . import schema as schemas
from .columns import LINE_ENDS, LISTING_COLUMNS, Column, read_cells
from .terms import changed

COLON = re.compile("[:：]")
LABELS = {column.name: column.label for column in LISTING_COLUMNS}
PLAIN = (
    "sku", "title_zh", "title_en", "description_zh", "description_en", "unit", "moq", "ready_to_ship", "lead_days", "place", "hs_code",
    "wants", "want_categories",
)  # fmt: skip


NOTHING = rules.Terms(title_zh="", unit="", price=Money(0, "CNY"), place="")


@dataclass
class Row:
    """One row of a file of goods: its values, and what is wrong with it."""

    number: int
    cells: Sequence[str]
    values: Mapping[str, Any]
    why: list[str] = field(default_factory=list)

    @property
    def sku(self) -> str:
        return self.values.get("sku") or ""

    @property
    def category(self) -> str:
        return self.values["category"]

    @property
    def opening_stock(self) -> Decimal:
        return self.values.get("opening_stock") or Decimal(0)

    def refuse(self, name: str, sentence: object) -> None:
        self.why.append(f"{LABELS[name]}: {sentence}" if name in LABELS else str(sentence))

    def refused(self, cells: Sequence[str]) -> RowRefused:
        return RowRefused(self.number, cells, self.why)


def read_rows(batch: Iterable[Sequence[Any]], columns: Sequence[Column | None]) -> list[Row]:
    """Read a batch as it was cut; rows with something wrong carry a sentence for each cell."""
    rows = []
    for number, cells, before in batch:
        values, wrong = read_cells(columns, cells)
        row = Row(number, cells, values, wrong)
        if before:
            row.refuse("sku", _("row %(row)s of this file has the same article number.") % {"row": before})
        rows.append(row)
    return rows


def terms_of(row: Row, old: rules.Terms | None = None) -> rules.Terms | None:
    """The terms that a row asks for, with what its file leaves out taken from `old`; None, and a sentence in the row, when it has none."""
    values, before = row.values, old or NOTHING
    spec, money = _spec(row, before), _money(row)
    if not (values.get("title_zh", before.title_zh) or values.get("title_en", before.title_en)):
        row.refuse("title_zh", _("Give a title in at least one language."))
    if row.why or money is None or spec is None:
        return None
    return changed(before, {"price": money, "spec": spec} | {name: values[name] for name in PLAIN if name in values})


def _money(row: Row) -> Money | None:
    if row.why:
        return None
    currency = row.values.get("currency") or "CNY"
    try:
        return Money.of(row.values["price"], currency)
    except ValueError:
        row.refuse("price", _("More decimals than %(currency)s has.") % {"currency": currency})
        return None


def _spec(row: Row, before: rules.Terms) -> list | None:
    if row.why:
        return None
    chinese, english = _pairs(row.values.get("spec_zh", "")), _pairs(row.values.get("spec_en", ""))
    if "spec_en" not in row.values and len(before.spec) == len(chinese):
        english = [tuple(line["en"]) for line in before.spec if line.get("en")]
    if any(not value for _label, value in (*chinese, *english)):
        row.refuse("spec_zh", _("Write each line as name, colon, value."))
    elif english and len(english) != len(chinese):
        row.refuse("spec_en", _("The English lines must be as many as the Chinese ones."))
    else:
        return [{"zh": list(zh), **({"en": list(english[n])} if english else {})} for n, zh in enumerate(chinese[:20])]
    return None


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for line in LINE_ENDS.split(text) if text else ():
        if line.strip():
            label, *rest = COLON.split(line, maxsplit=1)
            found.append((label.strip()[:30], rest[0].strip()[:120] if rest else ""))
    return found


def typed(row: Row, terms: rules.Terms, schema: Sequence[schemas.Field]) -> rules.Terms:
    """The terms with the attributes of the row, which may name them by code or by word; sentences about wrong ones go to the row."""
    if "attributes" not in row.values:
        return terms
    names = {name.casefold(): field.code for field in schema for name in (field.code, field.zh, field.en)}
    said = {names.get(name.casefold(), name): value for name, value in _pairs(row.values["attributes"])}
    read = schemas.read_values(schema, {code: _coded(schema, code, value) for code, value in said.items()})
    for code, sentence in read.faults.items():
        row.refuse("attributes", f"{code}: {sentence}")
    return replace(terms, attributes=read.values)


def _coded(schema: Sequence[schemas.Field], code: str, value: str) -> str:
    choices = next((field.choices for field in schema if field.code == code and field.kind == "choice"), ())
    return next((key for key, zh, en in choices if value.casefold() in (key.casefold(), zh.casefold(), en.casefold())), value)


def check_words(row: Row, terms: rules.Terms, schema: Sequence[schemas.Field], *, whole: bool, today: date) -> bool:
    """Whether a listing may say this, and, where it is handed in (`whole`), says all that a review needs; sentences go to the row (H52)."""
    for name, sentence in rules.faults(terms, today).items():
        row.refuse(name, sentence)
    texts = rules.texts_of(terms)
    for name, words in rules.claims_of(texts).items():
        row.refuse(name, rules.claims_told(words))
    if whole:
        for name, sentence in rules.gaps(terms, schema).items():
            row.refuse(name, sentence)
    return not row.why
