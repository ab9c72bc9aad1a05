"""VAT as the law rounds it, and the shape of official invoice numbers (DOMAIN §3). The platform records numbers; it never makes one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.money import Money

# Two digits of a province-level region, as the tax system writes them (GB/T 2260).
REGIONS = frozenset({*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)})
# Rates and where they stand in the VAT Law in force since 2026-01-01 (articles 10 and 11).
RATES = {
    Decimal("13"): _("VAT Law art. 10 (1): goods, repair, lease of movables"),
    Decimal("9"): _("VAT Law art. 10 (2): transport, construction, farm products and other listed goods"),
    Decimal("6"): _("VAT Law art. 10 (3): other services and intangibles"),
    Decimal("3"): _("VAT Law art. 11: simplified levy"),
    Decimal("1"): _("simplified levy, reduced for small taxpayers"),
    Decimal("0"): _("VAT Law art. 10 (4): export"),
}


@dataclass(frozen=True)
class Taxed:
    """One invoice line's three figures: net + tax = gross, each half-up to the minor unit."""

    net: Money
    tax: Money
    rate: Decimal  # percent

    @property
    def gross(self) -> Money:
        return self.net + self.tax


def inside(gross: Money, rate: Decimal) -> Taxed:
    """Take the tax out of a price that includes it: net = r(gross / (1 + rate)), tax = gross − net."""
    net = Money(_half_up(Decimal(gross.minor) * 100 / (100 + rate)), gross.currency)
    return Taxed(net, gross - net, rate)


def outside(net: Money, rate: Decimal) -> Taxed:
    """Put the tax on a price without it: tax = r(net · rate)."""
    return Taxed(net, Money(_half_up(Decimal(net.minor) * rate / 100), net.currency), rate)


def _half_up(value: Decimal) -> int:
    whole, rest = divmod(abs(value), 1)
    rounded = int(whole) + (rest >= Decimal("0.5"))
    return -rounded if value < 0 else rounded


def totals(lines: Iterable[Taxed]) -> tuple[Money, Money]:
    """Sum lines as they stand: (net, tax). Totals are sums of rounded lines, never taxed again."""
    rows = list(lines)
    nothing = Money.zero(rows[0].net.currency)
    return sum((row.net for row in rows), nothing), sum((row.tax for row in rows), nothing)


def highest_rate(rates: Iterable[Decimal]) -> Decimal:
    """What a mixed bundle is taxed at when it is not accounted for apart (VAT Law art. 12)."""
    return max(rates)


def fapiao_no_refusal(number: str, *, today: date) -> str:
    """Why a number cannot be that of a digital e-fapiao: 20 digits, two of a year not ahead of today, two of a region."""
    if not re.fullmatch(r"[0-9]{20}", number):
        return _("The number of a digital invoice has 20 digits.")
    if not 23 <= int(number[:2]) <= today.year % 100:
        return _("The first two digits are the year of issue; this year has not come or had no digital invoices yet.")
    if int(number[2:4]) not in REGIONS:
        return _("The third and fourth digit name the region; there is none of this number.")
    return ""
