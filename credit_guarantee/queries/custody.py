"""The custodian's account beside our books: what it held at the last statement, what our ledger says, and the difference by its causes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.actors import Actor, require_staff
from kernel.money import Money
from ledger.queries import custodian_cash

from ..bank import Designated, designated_accounts
from ..models import BankStatement, CustodianInstruction, StatementEntry
from ..permissions import VIEW_STATEMENTS
from ..rules import CLOCKED

CAUSES = ("before", "by_hand_in", "by_hand_out", "unbooked_out", "doubted")


def trusted_statements(account_no: str) -> QuerySet[BankStatement]:
    """The statements that others are held against: read to their end, with nothing doubtful, left out or missing in them."""
    rows = BankStatement.objects.filter(account_no=account_no, file__state="booked", file__problems=[])
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
    """The same for the audit, whoever asks."""
    held = custodian_cash()
    rows = (custody_of(account, held.get(account.currency, 0)) for account in designated_accounts())
    return [row for row in rows if row.closing is not None or row.ledger]


def custody_of(account: Designated, held: int) -> Custody:
    """One account; `held` is what the ledger says lies there, in minor units."""
    read = trusted_statements(account.number).exclude(closing_minor=None)
    first, last = read.order_by("first_at", "id").first(), read.order_by("-last_at", "-id").first()
    ledger, zero = Money(held, account.currency), Money.zero(account.currency)
    if first is None or last is None:
        return Custody(account, None, None, ledger, {}, zero)
    causes = {name: Money(minor, account.currency) for name, minor in _causes(account, first, last).items()}
    explained = sum(causes.values(), ledger)
    assert last.closing is not None
    return Custody(account, last.closing, last.last_at, ledger, causes, last.closing - explained)


def _causes(account: Designated, first: BankStatement, last: BankStatement) -> dict[str, int]:
    """What the bank has and our books have not (plus), and the other way round (minus)."""
    hand = CustodianInstruction.objects.filter(state="confirmed", currency=account.currency, statement_entry=None)
    # What was funded from a statement has no entry of its own that confirms it: its money came in by the entries' own voucher.
    hand = hand.exclude(kind="collect", escrow__allocations__held_at__isnull=False)
    into, out = Q(kind__in=["collect", "suspense"]), Q(kind__in=CLOCKED)
    earlier, later = hand.filter(answered_at__lt=first.first_at), hand.filter(answered_at__gte=first.first_at)
    rows = StatementEntry.objects.filter(account_no=account.number)
    waiting = rows.filter(booked_at=None, into=False, state="waiting", statement__in=trusted_statements(account.number))
    # In the books out of a file that is doubted, after the last statement that is not.
    ahead = rows.filter(booked_at__isnull=False, at__gt=last.last_at).exclude(confirms__isnull=False, reason="by_hand")
    before = (first.opening_minor or 0) - (_sum(earlier.filter(into)) - _sum(earlier.filter(out)))
    return {
        "before": before, "by_hand_in": -_sum(later.filter(into)), "by_hand_out": _sum(later.filter(out)),
        "unbooked_out": -_sum(waiting), "doubted": _sum(ahead.filter(into=False)) - _sum(ahead.filter(into=True)),
    }  # fmt: skip


def _sum(rows) -> int:
    return int(rows.aggregate(n=Sum("amount_minor"))["n"] or 0)
