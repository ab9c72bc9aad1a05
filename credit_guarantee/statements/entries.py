"""The one shape every statement is read into, and what makes one booking the same booking again (P9)."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from kernel.money import Money


@dataclass(frozen=True)
class Problem:
    """Why a file is refused: the row (1-based; 0: the file as a whole), a code, a sentence."""

    row: int
    code: str
    text: object


class StatementRefused(ValueError):
    """A statement cannot be trusted as it is; `problems` names every reason found."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("; ".join(f"{p.row}: {p.code}" for p in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Booking:
    """One movement on an account: `amount` above zero, `into` when the account received it; `text` is all the payer wrote."""

    row: int
    at: datetime  # as printed by the bank, Shanghai time; midnight where only a date is given
    into: bool
    amount: Money
    name: str = ""
    account: str = ""
    text: str = ""
    bank_ref: str = ""
    balance: Money | None = None
    charges: Money | None = None
    returned: bool = False  # a booking that the bank took back
    fingerprint: str = ""
    to_account: str = ""  # the virtual sub-account that it went to, where the bank prints one


@dataclass(frozen=True)
class Statement:
    """What a bank says of one account between two balances; `number` counts its statements where the format has that."""

    account: str
    currency: str
    bookings: Sequence[Booking] = ()
    opening: Money | None = None
    closing: Money | None = None
    number: str = ""
    format: str = ""
    warnings: Sequence[Problem] = field(default_factory=tuple)


def fingerprinted(account: str, bookings: Iterable[Booking]) -> list[Booking]:
    """Give each booking the name it has in every file that contains it: the bank's own reference, else a hash of what is printed.

    Two payments that are alike in everything printed are told apart by their order, which overlapping files share.
    """
    seen: Counter = Counter()
    named = []
    for booking in bookings:
        parts = [account, "in" if booking.into else "out", str(booking.amount)]
        if booking.bank_ref:
            parts += ["ref", booking.bank_ref]
        else:
            balance = str(booking.balance) if booking.balance is not None else ""
            parts += [booking.at.isoformat(), booking.account, balance]
            if booking.balance is None:
                parts += [booking.name, booking.text]
        printed = "\x1f".join(parts)
        seen[printed] += 1
        printed += f"\x1f{seen[printed]}"
        named.append(replace(booking, fingerprint=hashlib.sha256(printed.encode()).hexdigest()))
    return named


def balance_problems(opening: Money | None, bookings: Sequence[Booking], closing: Money | None) -> list[Problem]:
    """Where opening + bookings do not give the printed balances; rows may run forwards or backwards in time, as banks export both."""
    with_balance = [b for b in bookings if b.balance is not None]
    if with_balance and len(with_balance) == len(bookings):
        forwards, backwards = _breaks(bookings), _breaks(bookings[::-1])
        found = min(forwards, backwards, key=len)
        if found:
            text = _("The balance of this row does not follow from the row before. Rows are missing or were changed.")
            return [Problem(row, "balance_gap", text) for row in found]
    if opening is not None and closing is not None:
        total = opening
        for booking in bookings:
            total = total + booking.amount if booking.into else total - booking.amount
        if total != closing:
            text = _("Opening balance and bookings do not give the closing balance. The file is incomplete or was changed.")
            return [Problem(0, "balance_gap", text)]
    return []


def forwards(bookings: Sequence[Booking]) -> list[Booking]:
    """Bookings in the order in which they happened: some banks export the newest first."""
    if len(bookings) > 1 and all(b.balance is not None for b in bookings):
        backwards = len(_breaks(bookings[::-1])) < len(_breaks(bookings))
    else:
        backwards = len(bookings) > 1 and bookings[-1].at < bookings[0].at
    return list(bookings[::-1] if backwards else bookings)


def around(bookings: Sequence[Booking]) -> tuple[Money | None, Money | None]:
    """The balances before and after bookings that run forwards, where each prints its own."""
    if not bookings or any(b.balance is None for b in bookings):
        return None, None
    first, last = bookings[0], bookings[-1]
    assert first.balance is not None
    return (first.balance - first.amount if first.into else first.balance + first.amount), last.balance


def _breaks(bookings: Sequence[Booking]) -> list[int]:
    found = []
    for before, booking in pairwise(bookings):
        assert before.balance is not None and booking.balance is not None  # the caller has looked
        expected = before.balance + booking.amount if booking.into else before.balance - booking.amount
        if expected != booking.balance:
            found.append(booking.row)
    return found
