"""Bank statements for tests: made as banks print them, imported through the job, and clerks who decide."""

from datetime import datetime, timedelta

from credit_guarantee import audits as desk_audits
from credit_guarantee.bank import designated_account
from credit_guarantee.models import Escrow, StatementEntry, StatementFile
from credit_guarantee.services import import_statement, open_escrow
from kernel.money import Money
from kernel.services import work_job
from kernel.timer import COMMAND
from kernel.workdays import SHANGHAI
from ledger import audits
from ledger.models import Account
from ledger.queries import derived_balance
from tests.worlds import key, staff_actor, verified_enterprise

DESK = (
    "credit_guarantee.confirm_custodian", "credit_guarantee.import_statement", "credit_guarantee.decide_booking",
    "credit_guarantee.view_statemententry", "credit_guarantee.view_bankstatement", "credit_guarantee.view_custodianinstruction",
)  # fmt: skip
HEAD = "交易时间|本方账号|对方单位|对方账号|摘要|附言|用途|转出金额|转入金额|余额"
MORNING = datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)


def clerk():
    return staff_actor(*DESK)


def awaited(minor: int = 1_000_000, currency: str = "CNY", *, payer=None, payee=None, n: int = 1) -> Escrow:
    """An escrow that waits for the payer's money."""
    payer, payee = payer or verified_enterprise(), payee or verified_enterprise()
    return open_escrow(
        payer_id=payer.pk, payee_id=payee.pk, amount=Money(minor, currency), ref=("tests.order", str(n)), actor=COMMAND, key=key()
    )  # fmt: skip


def line(amount: str, text: str = "", name: str = "", *, account: str = "6222021001116245702", out: bool = False, at=None) -> dict:
    return {"amount": amount, "text": text, "name": name, "account": account, "out": out, "at": at}


def pays(escrow: Escrow, amount: str = "", **changes) -> dict:
    """A line by which the payer itself pays an escrow, or another amount of it."""
    return line(amount or str(escrow.amount.decimal), f"货款 {escrow.remittance_reference}", escrow.payer.name, **changes)


def sheet(*lines: dict, opening: int = 0, start: datetime = MORNING, encoding: str = "gb18030", own: str = "") -> bytes:
    """A statement in the second ICBC layout, with the balances that follow from `opening` (fen)."""
    own, balance, rows = own or designated_account("CNY").number, opening, [HEAD]
    for n, one in enumerate(lines):
        minor = Money.of(one["amount"], "CNY").minor
        balance += -minor if one["out"] else minor
        at = one["at"] or start + timedelta(minutes=n)
        out, into = (one["amount"], "") if one["out"] else ("", one["amount"])
        rows.append(
            f"{at:%Y-%m-%d %H:%M:%S}|{own}|{one['name']}|\t{one['account']}|转账|{one['text']}|货款|{out}|{into}|{balance / 100:.2f}"
        )  # fmt: skip
    return "\r\n".join(rows).encode(encoding)


def handed_in(body: bytes, *, actor=None, currency: str = "CNY", name: str = "statement.csv") -> StatementFile:
    return import_statement(currency=currency, body=body, file_name=name, actor=actor or clerk(), request_key=key())


def imported(body: bytes, **how) -> StatementFile:
    """A file handed in, and its job worked to the end."""
    file = handed_in(body, **how)
    job = work_job(file.job_id)
    assert job.state == "finished", (job.problem, job.problem_text)
    file.refresh_from_db()
    return file


def entries(file: StatementFile) -> list[StatementEntry]:
    return list(StatementEntry.objects.filter(statement__file=file).order_by("at", "row"))


def account_minor(holder: str, purpose: str, currency: str = "CNY") -> int:
    account = Account.objects.filter(holder=holder, purpose=purpose, currency=currency).first()
    return derived_balance(account).minor if account else 0


def suspense(currency: str = "CNY") -> int:
    return account_minor("platform", "suspense", currency)


def at_custodian(currency: str = "CNY") -> int:
    return -account_minor("custodian", "cash", currency)


def clean() -> None:
    checks = (
        audits.zero_sum, audits.balances, audits.holds, audits.suspense, desk_audits.escrows, desk_audits.suspense, desk_audits.entries,
        desk_audits.custody,
    )  # fmt: skip
    assert [finding for check in checks for finding in check()] == []
