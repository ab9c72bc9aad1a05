"""Whose money a booking is: by reference and amount, by what is left of a reference, by payer and amount; else a person looks (DOMAIN §4).

Only `exact` and `charged` may be booked without a person: the reference is true, the amount is the one asked for (or short by bank charges
within the tolerance), and the payer is the enterprise that owes it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.money import Money

from ..rules import TRUNCATED, is_remittance_reference, squeezed
from .entries import Booking


@dataclass(frozen=True)
class Claim:
    """A payment that is awaited: what it is called, how much, and from whom (names and account as on file)."""

    key: int
    reference: str
    amount: Money
    names: tuple[str, ...] = ()
    account: str = ""
    virtual: str = ""  # the sub-account that belongs to it


@dataclass(frozen=True)
class Verdict:
    """`kind`: exact, charged (short by bank charges), third_party, under, over, likely, unknown; `claims` are the payments meant."""

    kind: str
    claims: tuple[Claim, ...] = ()

    @property
    def books(self) -> bool:
        return self.kind in ("exact", "charged")


def judge(booking: Booking, claims: Sequence[Claim], *, tolerance: Money | None = None, tolerance_permille: int = 0) -> Verdict:
    """Say which awaited payments a booking settles; `tolerance` is the most that bank charges may take (and at most the permille share)."""
    claims = [claim for claim in claims if claim.amount.currency == booking.amount.currency]
    text = squeezed(booking.text)
    beneath = tuple(claim for claim in claims if claim.virtual and claim.virtual == booking.to_account)
    named = beneath or tuple(claim for claim in claims if claim.reference in text and is_remittance_reference(claim.reference))
    if named:
        return _of_named(booking, named, tolerance, tolerance_permille)
    if cut := _cut_off(text, claims):
        return Verdict("likely", cut)
    same = [claim for claim in claims if claim.amount == booking.amount]
    by_account = tuple(c for c in same if c.account and digits(c.account) == digits(booking.account))
    if len(by_account) == 1:
        return Verdict("likely", by_account)
    by_name = tuple(c for c in same if _is_payer(booking, c))
    return Verdict("likely", by_name) if len(by_name) == 1 else Verdict("unknown")


def _of_named(booking: Booking, named: tuple[Claim, ...], tolerance: Money | None, permille: int) -> Verdict:
    total = sum((claim.amount for claim in named[1:]), named[0].amount)
    ours = all(_is_payer(booking, claim) for claim in named)
    if booking.amount == total:
        return Verdict("exact" if ours else "third_party", named)
    if total < booking.amount:
        return Verdict("over", named)
    short = total - booking.amount
    if tolerance is not None and tolerance.currency == short.currency and len(named) == 1:
        most = min(tolerance.minor, total.minor * permille // 1000) if permille else tolerance.minor
        if short.minor <= most:
            return Verdict("charged" if ours else "third_party", named)
    return Verdict("under", named)


def digits(account: str) -> str:
    return "".join(filter(str.isalnum, account)).upper()


def plain_name(name: str) -> str:
    """A company's name as banks print it: brackets, spaces and width do not matter."""
    return re.sub(r"[\s()\[\].,·'\"&-]", "", unicodedata.normalize("NFKC", name)).casefold()


def _is_payer(booking: Booking, claim: Claim) -> bool:
    return bool(booking.name) and plain_name(booking.name) in {plain_name(name) for name in claim.names if name}


def _cut_off(text: str, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The one payment whose reference the text holds without its end; none when two could be meant."""
    for length in range(11, TRUNCATED - 1, -1):
        found = tuple(claim for claim in claims if claim.reference[:length] in text)
        if found:
            return found if len(found) == 1 else ()
    return ()
