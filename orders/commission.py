"""The platform's commission: a share of the money parts from each side, split so that the parts add up (SPEC decision 12, ADR 0021)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import CREDIT, Money

POINTS = 10_000  # basis points of the whole
POINTS_MOST = 1_000


def unit_of(currency: str) -> str:
    """What a money part counts in: barter credit is nominal yuan."""
    return "CNY" if currency == CREDIT else currency


def charge(parts: Sequence, payer_bp: int, payee_bp: int) -> None:
    """Write each side's share of the commission on the money parts of an order that are not in force yet.

    It is computed once on the total of each currency, half a fen up, and split by largest remainder; what parts in force
    (with a key) were charged stays theirs and is taken off first.
    """
    for unit in sorted({unit_of(part.currency) for part in parts}):
        group = [part for part in parts if unit_of(part.currency) == unit]
        for name, points in (("payer_fee_minor", payer_bp), ("payee_fee_minor", payee_bp)):
            _share(group, name, commission_of(Money(sum(part.amount_minor for part in group), unit), points))


def commission_of(total: Money, points: int) -> Money:
    """One side's commission on a total."""
    return total.times(Decimal(points) / POINTS)


def _share(group: Sequence, name: str, fee: Money) -> None:
    new = [part for part in group if not part.pk]
    left = fee.minor - sum(getattr(part, name) for part in group if part.pk)
    if not new:
        return
    for part, share in zip(new, Money(max(left, 0), fee.currency).split([part.amount_minor for part in new]), strict=True):
        setattr(part, name, share.minor)


def plain(payer_bp: int, payee_bp: int, tenders: Iterable) -> list | None:
    """What the terms say of the commission; None where there is none, so that hashes of orders without it hold."""
    if not (payer_bp or payee_bp):
        return None
    return [payer_bp, payee_bp, [[tender.payer_fee_minor, tender.payee_fee_minor] for tender in tenders]]


def percent(points: int) -> str:
    """Basis points as people read them: 50 is 0.5%."""
    return f"{Decimal(points) / 100:f}".rstrip("0").rstrip(".") + "%" if points % 100 else f"{points // 100}%"


@dataclass(frozen=True)
class Charged:
    """What one side pays or gets in one kind of money, with the commission in it."""

    paying: bool
    amount: Money
    fee: Money
    rate: str

    @property
    def total(self) -> Money:
        return self.amount + self.fee if self.paying else self.amount - self.fee


def charged(tenders: Iterable, me: int, payer_bp: int, payee_bp: int) -> list[Charged]:
    """What one party pays and gets, kind by kind, when its side is charged; empty where it is not."""
    sums: dict[tuple[bool, str], list[int]] = {}
    for tender in tenders:
        paying = tender.payer_id == me
        row = sums.setdefault((paying, tender.currency), [0, 0])
        row[0] += tender.amount_minor
        row[1] += tender.payer_fee_minor if paying else tender.payee_fee_minor
    return [
        Charged(paying, Money(amount, currency), Money(fee, currency), percent(payer_bp if paying else payee_bp))
        for (paying, currency), (amount, fee) in sums.items() if (payer_bp if paying else payee_bp)
    ]  # fmt: skip
