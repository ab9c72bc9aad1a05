"""The custodian's account beside our books: what it held at the last statement, what our ledger says, and the difference by its causes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.actors import Actor, require_staff
from kernel.money import Money
from ledger.queries import custodian_cash

from ..bank import Designated, designated_accounts
from ..models import Allocation, BankStatement, CustodianInstruction, StatementEntry
from ..permissions import VIEW_STATEMENTS
from ..rules import CLOCKED

CAUSES = ("before", "by_hand_in", "by_hand_out", "unbooked_out", "doubted")


def trusted_statements(account_no: str) -> QuerySet[BankStatement]:
    """The statements that others are held against: read to their end, with nothing doubtful, left out or missing in them."""
    return trusted_statements_of([account_no])


def trusted_statements_of(numbers: list[str]) -> QuerySet[BankStatement]:
    """The same for several accounts."""
    rows = BankStatement.objects.filter(account_no__in=numbers, file__state="booked", file__problems=[])
    odd = StatementEntry.objects.filter(statement=OuterRef("pk"), state__in=["doubtful", "dismissed"])
    return rows.filter(~Exists(odd))


@dataclass(frozen=True)
class Custody:
    """One account: `closing` of the last statement (None: none was read), what the `ledger` says lies there, and why they differ.

    `causes` are what must be added to the ledger's figure to come to the bank's; `unexplained` is what they leave, and should be zero.
    """

    account: Designated
    closing: Money | None
    at: datetime | None
    ledger: Money
    causes: dict[str, Money]
    unexplained: Money

    @property
    def agrees(self) -> bool:
        return self.closing is not None and self.closing == self.ledger


def custody_desk(actor: Actor) -> list[Custody]:
    """Every account of the custodian that money has touched; staff only, raises Denied."""
    require_staff(actor, VIEW_STATEMENTS)
    return custodies()


def custodies() -> list[Custody]:
    """The same for the audit, whoever asks; four questions whatever the accounts."""
    accounts = {account.number: account for account in designated_accounts()}
    held, spans = custodian_cash(), _spans(list(accounts))
    sums = _sums({number: span for number, span in spans.items() if number in accounts}, accounts)
    found = []
    for number, account in accounts.items():
        ledger = Money(held.get(account.currency, 0), account.currency)
        if number in spans:
            found.append(_custody(account, ledger, *spans[number], sums))
        elif ledger:
            found.append(Custody(account, None, None, ledger, {}, Money.zero(account.currency)))
    return found


def _spans(numbers: list[str]) -> dict[str, tuple[BankStatement, BankStatement]]:
    """The first and the last trusted statement of each account."""
    read = trusted_statements_of(numbers).exclude(closing_minor=None)
    first = read.filter(account_no=OuterRef("account_no")).order_by("first_at", "id").values("pk")[:1]
    last = read.filter(account_no=OuterRef("account_no")).order_by("-last_at", "-id").values("pk")[:1]
    ends = BankStatement.objects.filter(Q(pk=Subquery(first)) | Q(pk=Subquery(last)), account_no__in=numbers)
    found: dict[str, list[BankStatement]] = {}
    for row in ends.order_by("first_at", "id"):
        found.setdefault(row.account_no, []).append(row)
    newest = {number: max(rows, key=lambda row: (row.last_at, row.pk)) for number, rows in found.items()}
    return {number: (rows[0], newest[number]) for number, rows in found.items()}


def _sums(spans: dict, accounts: dict[str, Designated]) -> dict[str, int]:
    """Every sum that explains a difference, under "name:account number"; two questions."""
    if not spans:
        return {}
    into, out, trusted = Q(kind__in=["collect", "suspense"]), Q(kind__in=CLOCKED), trusted_statements_of(list(spans))
    hand, entries = {}, {}
    for n, (number, (first, last)) in enumerate(spans.items()):
        ours, earlier = Q(currency=accounts[number].currency), Q(answered_at__lt=first.first_at)
        for name, wanted in {"in0": into & earlier, "out0": out & earlier, "in1": into & ~earlier, "out1": out & ~earlier}.items():
            hand[f"{name}_{n}"] = Sum("amount_minor", filter=ours & wanted)
        ours = Q(account_no=number)
        # In the books out of a file that is doubted, after the last statement that is not.
        ahead = ours & Q(booked_at__isnull=False, at__gt=last.last_at) & ~Q(reason="by_hand")
        entries[f"waiting_{n}"] = Sum("amount_minor", filter=ours & Q(booked_at=None, into=False, state="waiting", statement__in=trusted))
        entries[f"aheadin_{n}"] = Sum("amount_minor", filter=ahead & Q(into=True))
        entries[f"aheadout_{n}"] = Sum("amount_minor", filter=ahead & Q(into=False))
    # What was funded from a statement has no entry that confirms it: its money came in by the entries' own voucher.
    rows = CustodianInstruction.objects.filter(state="confirmed", statement_entry=None)
    funded = Allocation.objects.filter(escrow=OuterRef("escrow"), held_at__isnull=False)
    told = rows.exclude(Q(kind="collect") & Exists(funded)).aggregate(**hand) | StatementEntry.objects.aggregate(**entries)
    numbers = list(spans)
    return {f"{name.rpartition('_')[0]}:{numbers[int(name.rpartition('_')[2])]}": int(minor or 0) for name, minor in told.items()}


def _custody(account: Designated, ledger: Money, first: BankStatement, last: BankStatement, sums: dict[str, int]) -> Custody:
    def of(name: str) -> int:
        return sums[f"{name}:{account.number}"]

    minors = {
        "before": (first.opening_minor or 0) - (of("in0") - of("out0")), "by_hand_in": -of("in1"), "by_hand_out": of("out1"),
        "unbooked_out": -of("waiting"), "doubted": of("aheadout") - of("aheadin"),
    }  # fmt: skip
    causes = {name: Money(minors[name], account.currency) for name in CAUSES}
    explained = sum(causes.values(), ledger)
    assert last.closing is not None
    return Custody(account, last.closing, last.last_at, ledger, causes, last.closing - explained)
