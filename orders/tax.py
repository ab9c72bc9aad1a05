"""VAT as the law rounds it, and the shape of official invoice numbers (DOMAIN §3). The platform records numbers; it never makes one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from kernel.money import MAX_MINOR, Money

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


def line_rate(category: str) -> Decimal:
    """The rate a good is usually taxed at: farm products stand in the list of art. 10 (2); whoever issues the invoice may correct it."""
    return Decimal("9") if category == "AGR" else Decimal("13")


@dataclass(frozen=True)
class Part:
    """A blue line and what red forms have taken back of it so far, in minor units."""

    gross: int
    net: int
    tax: int
    red_gross: int = 0
    red_net: int = 0
    red_tax: int = 0

    @property
    def left(self) -> int:
        return self.gross - self.red_gross


def red_part(part: Part, gross: int, rate: Decimal) -> tuple[int, int]:
    """Net and tax of a part that is taken back; the last part takes what rounding left, so that red never exceeds blue."""
    if not 0 < gross <= part.left or gross > MAX_MINOR:
        raise ValueError("a red line takes back more than is left of the blue one")
    net_left, tax_left = part.net - part.red_net, part.tax - part.red_tax
    if gross == part.left:
        return net_left, tax_left
    net = inside(Money(gross, "CNY"), rate).net.minor
    net = min(max(net, gross - tax_left), net_left)  # neither of the two may pass its own rest
    return net, gross - net


def spread(gross: int, lefts: Sequence[int]) -> list[int]:
    """Cut an amount over what is left of several lines, from the first on; raises ValueError when it is more than all."""
    if not 0 < gross <= sum(lefts):
        raise ValueError("more than is left")
    parts = []
    for left in lefts:
        parts.append(min(gross, left))
        gross -= parts[-1]
    return parts


# What a classic special invoice asks of the buyer (H29), in its order; all of it is needed.
FIELDS = ("member_account", "company_name", "tax_no", "address", "phone", "bank_name", "bank_account")
TAX_NO = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,20}")
ACCOUNT = re.compile(r"[0-9][0-9 -]{5,38}[0-9]")
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,24}[0-9]")


def classic_gaps(values: Mapping[str, str]) -> dict[str, object]:
    """What keeps invoice details from being complete for a classic special invoice, by field; empty when it is."""
    told: dict[str, object] = {name: _("A special invoice needs this.") for name in FIELDS if not values.get(name, "").strip()}
    shapes = {
        "tax_no": (TAX_NO, _("A taxpayer number has 15, or 17 to 20 digits and capital letters; usually it is the credit code.")),
        "bank_account": (ACCOUNT, _("An account number has 7 to 40 digits.")),
        "phone": (PHONE, _("A phone number with its area code, for example 020-80000000.")),
    }
    for name, (shape, words) in shapes.items():
        if name not in told and not shape.fullmatch(values[name].strip()):
            told[name] = words
    if "tax_no" not in told and len(values["tax_no"]) == 18 and not uscc.is_valid(values["tax_no"]):
        told["tax_no"] = _("The check digit of this credit code is wrong: compare it with the licence.")
    return told
