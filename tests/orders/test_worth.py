"""Goods of several currencies are weighed by rates, each currency rounded once; zero and three decimals included (P10, M41)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import CREDIT, Money
from orders.worth import Yardstick, yardstick

DAY = date(2026, 11, 27)
QUOTED = {
    "USD": (Decimal("7.0810"), "CFETS central parity", DAY),
    "JPY": (Decimal("0.046012"), "CFETS central parity", DAY),
    "KWD": (Decimal("23.1"), "Reuters", date(2026, 11, 26)),
}


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("CNY", Money(10_000, "USD"), 70_810),
        ("CNY", Money(10_000, "JPY"), 46_012),
        ("CNY", Money(1_000, "KWD"), 2_310),
        ("JPY", Money(46_012, "CNY"), 10_000),
        ("KWD", Money(2_310, "CNY"), 1_000),
        ("USD", Money(70_810, CREDIT), 10_000),
        ("CNY", Money(500, CREDIT), 500),
    ],
)
def test_amounts_are_converted_between_currencies_of_any_decimals(currency, amount, expected):
    assert yardstick(currency, QUOTED).worth([amount]) == Money(expected, currency)


def test_a_rate_across_two_sources_names_both_and_the_older_day():
    rate = yardstick("USD", QUOTED).rates["KWD"]

    assert (rate.source, rate.as_of) == ("Reuters / CFETS central parity", date(2026, 11, 26))
    assert rate.terms == ["KWD", "3.2622510945", "Reuters / CFETS central parity", "2026-11-26"]


def test_without_a_rate_nothing_is_guessed():
    assert yardstick("EUR", QUOTED) == Yardstick("EUR")
    assert not yardstick("CNY", QUOTED).knows("EUR")
    assert [rate.currency for rate in yardstick("CNY", QUOTED).needed(["USD", "CNY", CREDIT, "EUR"])] == ["USD"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50), st.sampled_from(["USD", "JPY", "KWD"]))
def test_p10_many_small_lines_weigh_what_their_sum_weighs(minors, currency):
    stick = yardstick("CNY", QUOTED)

    assert stick.worth(Money(minor, currency) for minor in minors) == stick.worth([Money(sum(minors), currency)])


@given(st.integers(0, 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
def test_p10_there_and_back_again_gains_at_most_the_roundings(minor, currency):
    """A comparison is only shown; money itself moves in its own currency, so a round trip may differ by roundings and no more."""
    there = yardstick("CNY", QUOTED).worth([Money(minor, currency)])
    back = yardstick(currency, QUOTED).worth([there])

    unit = yardstick(currency, QUOTED).worth([Money(1, "CNY")]).minor + 1
    assert abs(back.minor - minor) <= unit + minor * Decimal("1e-8")
