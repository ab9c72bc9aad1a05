"""Money is a whole number of minor units and a currency; nothing here ever touches a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CREDIT = "XEH"  # barter credit (易货额度): closed loop, 1 unit = 1 CNY nominal; a user-assigned code of ISO 4217's X range
EXPONENTS = {"CNY": 2, "USD": 2, "EUR": 2, "HKD": 2, "JPY": 0, "KWD": 3, CREDIT: 2}
MAX_MINOR = 10**15  # ten trillion yuan: beyond any trade, far inside int64 sums


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met; the caller must convert on purpose."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: `minor` whole minor units (fen, cents) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self):
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("Money takes a whole number of minor units")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> "Money":
        """Read a decimal amount; raises ValueError when it has more places than the currency, TypeError for a float."""
        if isinstance(amount, float):
            raise TypeError("Money never reads a float")
        try:
            scaled = Decimal(amount).scaleb(EXPONENTS[currency])
        except (InvalidOperation, KeyError) as error:
            raise ValueError(f"not an amount of {currency}: {amount!r}") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > MAX_MINOR:
            raise ValueError(f"not an amount of {currency}: {amount!r}")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @property
    def exponent(self) -> int:
        return EXPONENTS[self.currency]

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-self.exponent)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def times(self, factor: Decimal | int) -> "Money":
        """Multiply by a quantity or rate, rounding half up to one minor unit (the invoice rule, DOMAIN §3)."""
        return Money(int((Decimal(self.minor) * Decimal(factor)).to_integral_value(ROUND_HALF_UP)), self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Share out by weight so that the parts sum exactly (largest remainder; ties go to the earlier share)."""
        if not weights or any(w < 0 for w in weights) or not sum(weights):
            raise ValueError("weights must be non-negative and not all zero")
        total, sign = sum(weights), -1 if self.minor < 0 else 1
        exact = [divmod(abs(self.minor) * w, total) for w in weights]
        shares = [whole for whole, _ in exact]
        short = abs(self.minor) - sum(shares)
        for i in sorted(range(len(weights)), key=lambda i: (-exact[i][1], i))[:short]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def __str__(self) -> str:
        return f"{self.decimal:,.{self.exponent}f} {self.currency}"
