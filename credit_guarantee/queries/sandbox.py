"""What the sandbox custodian's bank would show of its account just now: for demonstrations, never beside a real custodian."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from accounts.actors import Actor, require_staff
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import NotFound, Refusal
from ledger.queries import custodian_cash

from ..bank import Designated, designated_account
from ..custodian import Sandbox, custodian
from ..models import Allocation, BankStatement, CustodianInstruction, Escrow
from ..permissions import IMPORT_STATEMENT
from ..rules import CLOCKED, charges_tolerance
from ..statements.making import Movement, icbc_sheet, mt940
from .custody import trusted_statements
from .releases import people_missing

PAYERS = 12
OTHER_PAYER = "示例代付商贸有限公司"


def in_sandbox() -> bool:
    """Whether the custodian is the one inside the product, with which nothing is real."""
    return isinstance(custodian(), Sandbox)


def demo_statement(actor: Actor, currency: str) -> tuple[str, bytes]:
    """A statement for staff to import: payments as they are awaited, and one of each kind that needs a person; raises Denied, NotFound."""
    require_staff(actor, IMPORT_STATEMENT)
    return made_statement(currency)


def made_statement(currency: str, *, payments: int = PAYERS) -> tuple[str, bytes]:
    """The same for an operator's command: (file name, bytes); raises NotFound beside a real custodian, Refusal nothing_awaited."""
    account = designated_account(currency)
    if account is None or not in_sandbox():
        raise NotFound()
    last = trusted_statements(account.number).order_by("-last_at", "-id").first()
    start = max(now() - timedelta(hours=1), last.last_at + timedelta(minutes=1) if last else now() - timedelta(hours=1))
    movements = list(_movements(account, start, payments))
    if not movements:
        raise Refusal("nothing_awaited", "Nothing is awaited or to be paid in this currency.")
    opening = last.closing if last and last.closing is not None else Money(custodian_cash().get(currency, 0), currency)
    stamp = f"{now():%Y%m%d-%H%M%S}"
    if currency == "CNY":
        return f"icbc-{stamp}.csv", icbc_sheet(account.number, opening, movements)
    number = BankStatement.objects.filter(account_no=account.number).count() + 1
    return f"mt940-{currency}-{stamp}.sta", mt940(account.number, opening, movements, number=number)


def _movements(account: Designated, start: datetime, payments: int) -> Iterator[Movement]:
    moments = (start + timedelta(seconds=20 * n) for n in count(1))
    begun = Allocation.objects.filter(ended_at=None).values("escrow")
    waiting = Escrow.objects.filter(state="awaiting_funds", currency=account.currency).exclude(pk__in=begun).select_related("payer")
    tolerance = charges_tolerance(account.currency, {})
    for n, escrow in enumerate(waiting.order_by("-pk")[:payments]):
        yield _payment(n, escrow, next(moments), tolerance)
    if account.currency == "CNY":
        yield Movement(next(moments), True, Money(88_800, "CNY"), "示例往来有限公司", "6222000000000000888", "往来款，未附编号")
    paying = CustodianInstruction.objects.filter(state="sent", kind__in=CLOCKED, currency=account.currency, handed_at__isnull=False)
    for row in paying.select_related("escrow", "enterprise", "payee_account", "entry__statement").order_by("pk")[:PAYERS]:
        if not people_missing(row):
            to = row.payee_account.value if row.payee_account else ""
            yield Movement(next(moments), False, row.amount, row.payee_holder or str(row.enterprise or ""), to, row.reference)


def _payment(n: int, escrow: Escrow, at: datetime, tolerance: Money | None) -> Movement:
    payer, text = escrow.payer, f"货款 {escrow.remittance_reference}"
    name = payer.name if escrow.currency == "CNY" else (payer.name_en or payer.name)
    account, amount, charges = payer.bank_account or "6222000000000000000", escrow.amount, None
    if n == 1 and amount.minor > 1:
        amount = Money(amount.minor - max(1, amount.minor // 10), amount.currency)  # too little
    elif n == 2:
        name, account = OTHER_PAYER, "6222000000000000777"
    elif tolerance and amount.minor > 50_000:
        charges = Money(min(2_500, tolerance.minor, amount.minor * 4 // 1000), amount.currency)
        amount = amount - charges
    return Movement(at, True, amount, name, account, text, charges)
