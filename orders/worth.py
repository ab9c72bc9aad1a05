"""Goods of several currencies weighed against each other, by rates that are frozen on the order; pure values (M41)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from kernel.money import CREDIT, EXPONENTS, Money

PLACES = Decimal("0.0000000001")


@dataclass(frozen=True)
class Rate:
    """What one unit of `currency` is worth in the currency of the comparison, by which source of which day."""

    currency: str
    rate: Decimal
    source: str
    as_of: date

    @property
    def terms(self) -> list[str]:
        """As it stands in the terms that both confirm."""
        return [self.currency, f"{self.rate.quantize(PLACES):f}", self.source, self.as_of.isoformat()]


@dataclass(frozen=True)
class Yardstick:
    """The one currency in which a trade is compared, and the rates of the others. Barter credit is nominal yuan (decision 2)."""

    currency: str
    rates: Mapping[str, Rate] = field(default_factory=dict)

    def knows(self, currency: str) -> bool:
        nominal = _nominal(currency)
        return nominal == self.currency or nominal in self.rates

    def needed(self, currencies: Iterable[str]) -> list[Rate]:
        """The rates without which these currencies could not be compared."""
        wanted = {_nominal(code) for code in currencies} - {self.currency}
        return [self.rates[code] for code in sorted(wanted) if code in self.rates]

    def worth(self, amounts: Iterable[Money]) -> Money:
        """The sum in the currency of the comparison: each currency is summed first and rounded once (P10); unknown ones do not count."""
        sums: Counter = Counter()
        for amount in amounts:
            sums[_nominal(amount.currency)] += amount.minor
        return Money(sum(self._converted(Money(minor, code)).minor for code, minor in sums.items() if self.knows(code)), self.currency)

    def _converted(self, amount: Money) -> Money:
        if amount.currency == self.currency:
            return amount
        shifted = amount.decimal * self.rates[amount.currency].rate
        return Money(int(shifted.scaleb(EXPONENTS[self.currency]).to_integral_value(ROUND_HALF_UP)), self.currency)


def _nominal(currency: str) -> str:
    return "CNY" if currency == CREDIT else currency


def yardstick(currency: str, quoted: Mapping[str, tuple[Decimal, str, date]]) -> Yardstick:
    """Weigh in `currency`, from what sources say a unit is worth in yuan: {currency: (yuan, source, day)}."""
    known = dict(quoted)
    if currency != "CNY" and currency not in known:
        return Yardstick(currency)
    here, source, day = known.get(currency, (Decimal(1), "", None))
    rates = {}
    if currency != "CNY":
        rates["CNY"] = Rate("CNY", (1 / here).quantize(PLACES), source, day)  # type: ignore[arg-type]
    for code, (cny, its_source, its_day) in known.items():
        if code == currency:
            continue
        # Across two quotes the older one and both sources are what a reader has to know.
        named = its_source if source in ("", its_source) else f"{its_source} / {source}"
        rates[code] = Rate(code, (cny / here).quantize(PLACES), named, min(its_day, day) if day else its_day)
    return Yardstick(currency, {code: rate for code, rate in rates.items() if rate.rate > 0})


def yardstick_of(order) -> Yardstick:
    """The yardstick of a loaded order: what was frozen on it."""
    return Yardstick(order.currency, {row.currency: row.frozen for row in order.rates.all()})


def goods_worth(order, giver_id: int) -> Money:
    """What one party's goods weigh."""
    return yardstick_of(order).worth(line.amount for line in order.lines.all() if line.giver_id == giver_id)


def order_worth(order) -> Money:
    """What an order is about: the goods of its heavier side."""
    return max((goods_worth(order, party) for party in order.parties), key=lambda amount: amount.minor)
