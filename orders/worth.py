"""Goods of several currencies weighed against each other, by rates that are frozen on the order; pure values (M41)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from kernel.money import CREDIT, EXPONENTS, Money

PLACES = Decimal("0.0000000001")
DIGITS = 60  # the largest amount times the finest rate, exactly: only the last step rounds


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

    @classmethod
    def of(cls, row: Sequence[str]) -> "Rate":
        """The rate that terms hold."""
        currency, rate, source, day = row
        return cls(currency, Decimal(rate), source, date.fromisoformat(day))

    @property
    def figure(self) -> str:
        """Without the zeros behind, but with at least four places, as sources print it."""
        whole, _dot, places = f"{self.rate.quantize(PLACES):f}".partition(".")
        return f"{whole}.{places.rstrip('0').ljust(4, '0')}"


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

    def missing(self, currencies: Iterable[str]) -> list[str]:
        """The currencies among these that it cannot weigh."""
        return sorted({_nominal(code) for code in currencies if not self.knows(code)})

    def narrowed(self, currencies: Iterable[str]) -> "Yardstick":
        """The same with only the rates that a trade in these currencies needs, and that of the yuan, in which limits are counted."""
        codes = {_nominal(code) for code in currencies} - {self.currency}
        needed = self.needed([*codes, "CNY"]) if codes else []
        return Yardstick(self.currency, {rate.currency: rate for rate in needed})

    @property
    def terms(self) -> list[list[str]]:
        """The frozen rates as they stand in the terms; empty where one currency is all there is."""
        return [self.rates[code].terms for code in sorted(self.rates)]

    @property
    def read(self) -> str:
        """The rates as a page sends back that it showed them."""
        return "; ".join(" ".join(row) for row in self.terms)

    @property
    def shown(self) -> list[dict]:
        """The rates for a page or a paper: figure, pair, source and day."""
        rates = [self.rates[code] for code in sorted(self.rates)]
        return [{"figure": r.figure, "pair": f"{self.currency}/{r.currency}", "source": r.source, "day": r.as_of} for r in rates]

    def worth(self, amounts: Iterable[Money]) -> Money:
        """The sum in the currency of the comparison: each currency is summed first and rounded once (P10); unknown ones do not count."""
        sums: Counter = Counter()
        for amount in amounts:
            sums[_nominal(amount.currency)] += amount.minor
        return Money(sum(self._converted(Money(minor, code)).minor for code, minor in sums.items() if self.knows(code)), self.currency)

    def yuan(self, amount: Money) -> Money:
        """An amount in the currency of the comparison, in yuan where it knows how; limits are counted in yuan."""
        rate = self.rates.get("CNY")
        if amount.currency == "CNY" or rate is None:
            return amount
        with localcontext(prec=DIGITS):
            return _rounded(amount.decimal / rate.rate, "CNY")

    def most(self, worth: Money, currency: str) -> Money:
        """The largest amount in `currency` that weighs no more than `worth`: what balances it without tipping over."""
        if _nominal(currency) == self.currency or worth.minor <= 0:
            return Money(max(worth.minor, 0), currency)
        with localcontext(prec=DIGITS):
            minor = int((worth.decimal / self.rates[_nominal(currency)].rate).scaleb(EXPONENTS[currency])) + 1
        while minor > 0 and worth < self.worth([Money(minor, currency)]):
            minor -= 1
        return Money(minor, currency)

    def _converted(self, amount: Money) -> Money:
        if amount.currency == self.currency:
            return amount
        with localcontext(prec=DIGITS):
            return _rounded(amount.decimal * self.rates[amount.currency].rate, self.currency)


def _rounded(amount: Decimal, currency: str) -> Money:
    """Half to even: over many trades neither side gains by the rounding."""
    return Money(int(amount.scaleb(EXPONENTS[currency]).to_integral_value(ROUND_HALF_EVEN)), currency)


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


def account_of(currencies: Sequence[str]) -> str:
    """The currency in which a trade is compared when nobody has said another: yuan where goods are priced in it, else that of the first."""
    return "CNY" if "CNY" in currencies or not currencies else currencies[0]


def frozen(currency: str, rows: Iterable[Sequence[str]]) -> Yardstick:
    """The yardstick of terms that hold their rates."""
    return Yardstick(currency, {row[0]: Rate.of(row) for row in rows})


def yardstick_of(order) -> Yardstick:
    """The yardstick of an order: what was frozen on it."""
    return frozen(order.currency, order.rates)


def rate_words(order) -> list[str]:
    """The frozen rates of an order in plain text: 7.1023 CNY/USD, PBoC, 2026-11-27."""
    return [f"{rate['figure']} {rate['pair']}, {rate['source']}, {rate['day']:%Y-%m-%d}" for rate in yardstick_of(order).shown]


def goods_worth(order, giver_id: int) -> Money:
    """What one party's goods weigh."""
    return yardstick_of(order).worth(line.amount for line in order.lines.all() if line.giver_id == giver_id)


def order_worth(order) -> Money:
    """What an order is about: the goods of its heavier side."""
    return max((goods_worth(order, party) for party in order.parties), key=lambda amount: amount.minor)


def by_currency(amounts: Iterable[Money]) -> list[Money]:
    """Sums of amounts, each in its own currency; barter credit stays apart from the yuan."""
    sums: Counter = Counter()
    for amount in amounts:
        sums[amount.currency] += amount.minor
    return [Money(minor, code) for code, minor in sorted(sums.items()) if minor]
