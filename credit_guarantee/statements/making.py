"""Statements written as banks write them: what the sandbox custodian shows of its account. Pure values in, bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.money import Money
from kernel.workdays import SHANGHAI

COLUMNS = ["交易时间", "本方账号", "对方单位", "对方账号", "摘要", "附言", "用途", "转出金额", "转入金额", "余额"]


@dataclass(frozen=True)
class Movement:
    """One line to be printed; `charges` are what banks on the way have taken of it."""

    at: datetime
    into: bool
    amount: Money
    name: str
    account: str
    text: str
    charges: Money | None = None


def icbc_sheet(account: str, opening: Money, movements: Sequence[Movement]) -> bytes:
    """The second ICBC layout, in GB18030, long numbers behind a tab as the bank's own export has them."""
    rows, balance = [",".join(COLUMNS)], opening
    for m in movements:
        balance = balance + m.amount if m.into else balance - m.amount
        out, into = ("", str(m.amount.decimal)) if m.into else (str(m.amount.decimal), "")
        at = f"{m.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        cells = [at, f"\t{account}", m.name, f"\t{m.account}", "转账", m.text, "货款", out, into, str(balance.decimal)]
        rows.append(",".join(cell.replace(",", "，") for cell in cells))
    return ("\r\n".join(rows) + "\r\n").encode("gb18030", errors="replace")


def mt940(account: str, opening: Money, movements: Sequence[Movement], *, number: int) -> bytes:
    """An MT940 message; what is not in its alphabet is left out."""
    first, last = (f"{m.at.astimezone(SHANGHAI):%y%m%d}" for m in (movements[0], movements[-1]))
    lines = [f":20:SBX{first}", f":25:EXAMCNBJ/{account}", f":28C:{number:05d}/001", f":60F:{_balance(opening, first)}"]
    balance = opening
    for n, m in enumerate(movements, start=1):
        balance = balance + m.amount if m.into else balance - m.amount
        at = f"{m.at.astimezone(SHANGHAI):%y%m%d%m%d}"
        mark, number_out = ("C" if m.into else "D"), str(m.amount.decimal).replace(".", ",")
        lines.append(f":61:{at}{mark}{number_out}NTRFNONREF//SBX{number:04d}{n:05d}")
        charges = f"/CHGS/{m.charges.currency}{str(m.charges.decimal).replace('.', ',')}" if m.charges else ""
        lines.append(f":86:/ORDP/{_plain(m.name)}/REMI/{_plain(m.text)}{charges}")
    lines.append(f":62F:{_balance(balance, last)}")
    return ("\r\n".join(lines) + "\r\n").encode("ascii", errors="ignore")


def _balance(money: Money, day: str) -> str:
    return f"{'D' if money.minor < 0 else 'C'}{day}{money.currency}{str(abs(money.decimal)).replace('.', ',')}"


def _plain(text: str) -> str:
    return text.replace("/", " ").encode("ascii", errors="ignore").decode().strip()
