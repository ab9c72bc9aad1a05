"""Statements exported as sheets (CSV, tab-separated or XLSX) by ICBC and banks alike: the header is found and known by many names."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.money import Money
from kernel.workdays import SHANGHAI

from .entries import Booking, Problem, Statement, StatementRefused, around, balance_problems, fingerprinted, forwards

MAX_BYTES, MAX_ROWS, MAX_COLUMNS, MAX_CELL = 20 * 1024 * 1024, 50_000, 60, 2_000
MAX_UNPACKED = 200 * 1024 * 1024
NAMES = {
    "time": ("交易时间", "交易日期", "记账日期", "入账日期"),
    "own": ("本方账号",),
    "into": ("贷方发生额", "转入金额", "收入金额", "贷方金额"),
    "out": ("借方发生额", "转出金额", "支出金额", "借方金额"),
    "amount": ("交易金额",),
    "sign": ("借/贷", "借贷标志", "借贷"),
    "name": ("对方单位名称", "对方单位", "对方户名", "对方名称"),
    "account": ("对方账号",),
    "balance": ("余额",),
    "voucher": ("凭证号",),
    "currency": ("币种",),
}
TEXTS = ("摘要", "附言", "用途", "个性化信息")
KNOWN = {name: key for key, names in NAMES.items() for name in names} | {name: f"text:{name}" for name in TEXTS} | {"对方行号": "bank"}
AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,3})?|\d+(\.\d{1,3})?", re.ASCII)
TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d-%H.%M.%S", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M",
    "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日",
)  # fmt: skip


REVERSED = ("冲正", "冲销", "抹账", "退汇")  # the bank took a booking back, or a payment came back


def sheet_rows(body: bytes) -> list[list[str]]:
    """The rows of a sheet, cells cleaned; raises StatementRefused."""
    return list(_xlsx_rows(body) if body.startswith(b"PK") else _csv_rows(body))


def read_sheet(body: bytes, *, account: str, currency: str, virtual_prefix: str = "") -> Statement:
    """Read a sheet of bookings of the given account or its sub-accounts; raises StatementRefused with every wrong row."""
    rows = sheet_rows(body)
    at, columns = _header(rows)
    problems: list[Problem] = []
    bookings: list[Booking] = []
    for number, cells in enumerate(rows[at + 1 :], start=at + 2):
        if not any(cells) or _is_footer(cells):
            continue
        try:
            bookings.append(_booking(number, _named(cells, columns), account, currency, virtual_prefix))
        except StatementRefused as refused:
            problems += refused.problems
    if not problems and not bookings:
        problems.append(Problem(0, "no_bookings", _("The file has a header but no bookings.")))
    problems = problems or balance_problems(None, bookings, None)
    if problems:
        raise StatementRefused(problems)
    bookings = forwards(bookings)
    opening, closing = around(bookings)
    return Statement(account, currency, fingerprinted(account, bookings), opening, closing, format="sheet")


def _refused(row: int, code: str, text) -> StatementRefused:
    return StatementRefused([Problem(row, code, text)])


def _csv_rows(body: bytes) -> Iterator[list[str]]:
    text = _decoded(body)
    if "\0" in text:
        raise _refused(0, "not_text", _("The file contains bytes that no sheet has."))
    first = "\n".join(text.splitlines()[:11])
    delimiter = max(",\t;|", key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1):
            yield _bounded(number, row)
    except csv.Error as error:
        raise _refused(0, "not_a_sheet", _("The file is not a well-formed sheet.")) from error


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(0, "encoding", _("The file is neither UTF-8 nor GB18030 text."))


def _xlsx_rows(body: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # a heavy import that most processes never need

    broken = _refused(0, "not_a_sheet", _("The workbook cannot be read."))
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
                raise broken
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield _bounded(number, [_plain(cell) for cell in row])
    except StatementRefused:
        raise
    except Exception as error:  # the reader raises many kinds on hostile bytes
        raise broken from error


def _plain(cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _bounded(number: int, row: Sequence[str]) -> list[str]:
    if number > MAX_ROWS or len(row) > MAX_COLUMNS or any(len(cell) > MAX_CELL for cell in row):
        raise _refused(number, "too_large", _("The file has more rows or longer cells than a statement has."))
    return [_clean(cell) for cell in row]


def _clean(cell: str) -> str:
    """A cell without what banks put around long numbers: tabs, an apostrophe in front, spaces of any width."""
    return unicodedata.normalize("NFKC", cell).replace("\u3000", " ").strip(" \t\r\n\xa0").removeprefix("'").strip("\t ")


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[int, str]]:
    for at, cells in enumerate(rows[:10]):
        columns = {place: KNOWN[_word(cell)] for place, cell in enumerate(cells) if _word(cell) in KNOWN}
        keys = set(columns.values())
        if len(columns) >= 3 and "time" in keys and ({"into", "out"} & keys or {"amount", "sign"} <= keys):
            if len(keys) < len(columns):
                raise _refused(at + 1, "header_twice", _("Two columns of the header mean the same."))
            return at, columns
    raise _refused(0, "no_header", _("None of the first ten rows is a header that this product knows (transaction time, amounts, payer)."))


def _word(cell: str) -> str:
    return re.sub(r"\s|\(.*?\)", "", cell)


def _is_footer(cells: Sequence[str]) -> bool:
    return next(filter(None, cells), "").startswith(("合计", "总计", "制表", "打印"))


def _named(cells: Sequence[str], columns: dict[int, str]) -> dict[str, str]:
    return {key: cells[place] if place < len(cells) else "" for place, key in columns.items()}


def _booking(row: int, cells: dict[str, str], account: str, currency: str, virtual_prefix: str) -> Booking:
    problems: list[Problem] = []

    def wrong(code, text):
        problems.append(Problem(row, code, text))

    at = _time(cells.get("time", ""))
    if at is None:
        wrong("time", _("The time of the booking cannot be read."))
    amount, into = None, True
    try:
        amount, into = _amount(cells, currency)
    except ValueError:
        wrong("amount", _("The amounts of this row cannot be read: exactly one of money in and money out, digits with a decimal point."))
    if re.search(r"\d[eE]\+?\d", cells.get("account", "")) or re.search(r"\d[eE]\+?\d", cells.get("own", "")):
        wrong("account", _("A spreadsheet program has turned an account number into a rounded figure. Export the file again."))
    own = re.sub(r"\D", "", cells.get("own", ""))
    beneath = bool(virtual_prefix) and own.startswith(virtual_prefix)
    if own and account and own != re.sub(r"\D", "", account) and not beneath:
        wrong("other_account", _("This row is of another account than the one chosen."))
    if cells.get("currency") and _currency(cells["currency"]) != currency:
        wrong("other_currency", _("This row is in another currency than the account."))
    balance = None
    if printed := cells.get("balance", ""):
        try:
            balance = _money(printed.removeprefix("-"), currency)
            balance = -balance if printed.startswith("-") else balance
        except ValueError:
            wrong("balance", _("The balance of this row cannot be read."))
    if problems or at is None or amount is None:
        raise StatementRefused(problems)
    text = " ".join(cells[f"text:{name}"] for name in TEXTS if cells.get(f"text:{name}"))
    return Booking(
        row, at, into, amount, cells.get("name", ""), cells.get("account", "").replace(" ", ""), text, balance=balance,
        returned=any(word in text for word in REVERSED), to_account=own if beneath else "",
    )  # fmt: skip


def _currency(word: str) -> str:
    return {"人民币": "CNY", "美元": "USD", "欧元": "EUR", "港币": "HKD", "日元": "JPY", "RMB": "CNY"}.get(word, word.upper())


def _time(text: str) -> datetime | None:
    for shape in TIMES:
        try:
            found = datetime.strptime(text, shape).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
        return found if 1990 <= found.year <= 2200 else None
    return None


def _amount(cells: dict[str, str], currency: str) -> tuple[Money, bool]:
    if "amount" in cells:
        sign, printed = cells.get("sign", ""), cells["amount"]
        if sign not in ("贷", "借") and printed[:1] not in ("+", "-"):
            raise ValueError
        into = sign == "贷" if sign else not printed.startswith("-")
        return _positive(printed.lstrip("+-"), currency), into
    into, out = (cells.get(key, "") for key in ("into", "out"))
    found = [(_money(text, currency), side) for text, side in ((into, True), (out, False)) if text]
    filled = [(money, side) for money, side in found if money]
    if len(filled) != 1:
        raise ValueError
    return filled[0]


def _positive(text: str, currency: str) -> Money:
    money = _money(text, currency)
    if not money:
        raise ValueError
    return money


def _money(text: str, currency: str) -> Money:
    if not AMOUNT.fullmatch(text):
        raise ValueError(text)
    digits = Decimal(text.replace(",", ""))
    places = -int(digits.normalize().as_tuple().exponent)
    if places > Money.zero(currency).exponent:
        raise ValueError(text)
    return Money.of(digits, currency)


def midnight(day) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI)
