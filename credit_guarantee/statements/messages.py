"""Statements as bank messages: MT940 (the mt-940 package) and CAMT.053 in every version from 02 to 13 (by local names)."""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from django.utils.translation import gettext_lazy as _

from kernel.money import EXPONENTS, Money
from kernel.workdays import SHANGHAI

from .entries import Booking, Problem, Statement, StatementRefused, balance_problems, fingerprinted
from .sheets import midnight

CAMT = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
CHARGES = re.compile(r"/CHGS/([A-Z]{3})(\d+,\d*)")
UNREADABLE = _("The message cannot be read as %(format)s.")


def _refused(code: str, text, row: int = 0) -> StatementRefused:
    return StatementRefused([Problem(row, code, text)])


def _money(amount: Decimal, currency: str, row: int) -> Money:
    if currency not in EXPONENTS:
        raise _refused("currency", _("The currency %(code)s is not one this product books.") % {"code": currency[:8]}, row)
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise _refused("amount", _("An amount has more decimal places than its currency."), row) from error


# ---------- MT940 ----------


def read_mt940(body: bytes) -> list[Statement]:
    """Read every statement of an MT940 file; raises StatementRefused."""
    import mt940

    try:
        found = list(mt940.parse_statements(body.decode("utf-8", errors="strict")))
    except Exception as error:  # the parser raises many kinds on broken text
        raise _refused("not_mt940", UNREADABLE % {"format": "MT940"}) from error
    statements = [_mt940_statement(raw) for raw in found if raw.data.get("account_identification")]
    if not statements:
        raise _refused("not_mt940", UNREADABLE % {"format": "MT940"})
    return statements


def _mt940_statement(raw) -> Statement:
    opening, closing = (raw.data.get(f"final_{name}_balance") for name in ("opening", "closing"))
    if opening is None or closing is None:
        raise _refused("no_balance", _("A statement without opening and closing balance cannot be checked."))
    account = raw.data["account_identification"].rpartition("/")[2]
    currency = opening.amount.currency
    bookings = [_mt940_booking(number, line.data) for number, line in enumerate(raw, start=1)]
    first, last = (_money(b.amount.amount, b.amount.currency, 0) for b in (opening, closing))
    if any(b.amount.currency != currency for b in bookings) or last.currency != currency:
        raise _refused("currency", _("The statement mixes currencies."))
    if problems := balance_problems(first, bookings, last):
        raise StatementRefused(problems)
    number = "/".join(filter(None, (raw.data.get("statement_number"), raw.data.get("sequence_number"))))
    return Statement(account, currency, fingerprinted(account, bookings), first, last, number, "mt940")


def _mt940_booking(row: int, data: dict) -> Booking:
    amount = data["amount"]
    value = _money(abs(amount.amount), amount.currency, row)
    details = (data.get("transaction_details") or "").replace("\n", "")
    parts = dict(re.findall(r"/(ORDP|REMI|CHGS|BENM|IBAN)/([^/]*)", details))
    charges = CHARGES.search(details)
    fee = _money(Decimal(charges[2].replace(",", ".") or 0), charges[1], row) if charges and charges[1] in EXPONENTS else None
    status = data.get("status") or ""
    reference = data.get("customer_reference") or ""
    return Booking(
        row, midnight(data.get("entry_date") or data["date"]), status in ("C", "RD"), value, (parts.get("ORDP") or "").strip(),
        (parts.get("IBAN") or "").strip(), " ".join(filter(None, (reference, parts.get("REMI") or details))),
        bank_ref=data.get("bank_reference") or "", charges=fee, returned=status.startswith("R"),
    )  # fmt: skip


# ---------- CAMT.053 ----------


def read_camt053(body: bytes) -> list[Statement]:
    """Read every statement of a CAMT.053 message; raises StatementRefused. Entities and DTDs are refused (no billion laughs)."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import parse

    try:
        root = parse(io.BytesIO(body), forbid_dtd=True).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise _refused("not_camt", UNREADABLE % {"format": "CAMT.053"}) from error
    space = root.tag.partition("}")[0].lstrip("{") if "}" in root.tag else ""
    if _local(root) != "Document" or not CAMT.fullmatch(space):
        raise _refused("camt_version", _("This is not a CAMT.053 message of a known version (02 to 13)."))
    statements = [_camt_statement(found) for top in _children(root, "BkToCstmrStmt") for found in _children(top, "Stmt")]
    if not statements:
        raise _refused("no_bookings", _("The message holds no statement."))
    return statements


def _local(node: Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _children(node: Element, name: str) -> Iterator[Element]:
    return (child for child in node if _local(child) == name)


def _at(node: Element | None, *path: str) -> Element | None:
    for name in path:
        node = next(_children(node, name), None) if node is not None else None
    return node


def _text(node: Element | None, *path: str) -> str:
    found = _at(node, *path)
    return (found.text or "").strip() if found is not None else ""


def _amount(node: Element | None, row: int) -> Money:
    try:
        assert node is not None
        number = Decimal((node.text or "").strip())
        if not number.is_finite() or number < 0:
            raise InvalidOperation
        return _money(number, node.get("Ccy", ""), row)
    except (AssertionError, InvalidOperation) as error:
        raise _refused("amount", _("An amount cannot be read."), row) from error


def _camt_statement(node: Element) -> Statement:
    account = _text(node, "Acct", "Id", "IBAN") or _text(node, "Acct", "Id", "Othr", "Id")
    balances = {}
    for found in _children(node, "Bal"):
        money = _amount(_at(found, "Amt"), 0)
        kind = _text(found, "Tp", "CdOrPrtry", "Cd")
        balances[kind] = money if _text(found, "CdtDbtInd") != "DBIT" else -money
    opening, closing = balances.get("OPBD", balances.get("PRCD")), balances.get("CLBD")
    if not account or opening is None or closing is None:
        raise _refused("no_balance", _("A statement without account, opening and closing balance cannot be checked."))
    bookings: list[Booking] = []
    for number, entry in enumerate(_children(node, "Ntry"), start=1):
        if (_text(entry, "Sts", "Cd") or _text(entry, "Sts")) == "BOOK":
            bookings += _camt_bookings(number, entry)
    if any(b.amount.currency != opening.currency for b in bookings) or closing.currency != opening.currency:
        raise _refused("currency", _("The statement mixes currencies."))
    if problems := balance_problems(opening, bookings, closing):
        raise StatementRefused(problems)
    number = _text(node, "ElctrncSeqNb") or _text(node, "LglSeqNb")
    return Statement(account, opening.currency, fingerprinted(account, bookings), opening, closing, number, "camt053")


def _camt_bookings(row: int, entry: Element) -> list[Booking]:
    """One booking an entry; a batch entry is opened when its parts add up to it."""
    whole = _amount(_at(entry, "Amt"), row)
    into = _text(entry, "CdtDbtInd") == "CRDT"
    day = _day(_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm") or _text(entry, "ValDt", "Dt"), row)
    reference = _text(entry, "AcctSvcrRef")
    returned = _text(entry, "RvslInd").lower() in ("true", "1")
    details = [part for group in _children(entry, "NtryDtls") for part in _children(group, "TxDtls")]
    amounts = [_part_amount(part, row) for part in details]
    opened = len(details) > 1 and all(a is not None and a.currency == whole.currency for a in amounts)
    if opened and sum(a.minor for a in amounts if a is not None) == whole.minor:
        parts = zip(details, amounts, strict=True)
        return [
            _camt_booking(row, day, into, amount or whole, part, f"{reference}/{n}" if reference else "", returned)
            for n, (part, amount) in enumerate(parts, start=1)
        ]
    return [_camt_booking(row, day, into, whole, details[0] if len(details) == 1 else entry, reference, returned)]


def _part_amount(part: Element, row: int) -> Money | None:
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        if (node := _at(part, *path)) is not None:
            return _amount(node, row)
    return None


def _camt_booking(row: int, day: datetime, into: bool, amount: Money, part: Element, reference: str, returned: bool) -> Booking:
    side = "Dbtr" if into else "Cdtr"
    name = _text(part, "RltdPties", side, "Nm") or _text(part, "RltdPties", side, "Pty", "Nm")
    holder = _at(part, "RltdPties", f"{side}Acct", "Id")
    account = _text(holder, "IBAN") or _text(holder, "Othr", "Id")
    texts = [(u.text or "").strip() for info in _children(part, "RmtInf") for u in _children(info, "Ustrd")]
    words = " ".join(filter(None, [*texts, _text(part, "Refs", "EndToEndId"), _text(part, "AddtlNtryInf")]))
    charge = _at(part, "Chrgs", "TtlChrgsAndTaxAmt")
    fee = _amount(charge, row) if charge is not None else None
    return Booking(row, day, into, amount, name, account, words, bank_ref=reference, charges=fee, returned=returned)


def _day(text: str, row: int) -> datetime:
    try:
        return midnight(date.fromisoformat(text)) if len(text) == 10 else datetime.fromisoformat(text).astimezone(SHANGHAI)
    except ValueError as error:
        raise _refused("time", _("The date of a booking cannot be read."), row) from error
