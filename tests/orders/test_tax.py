from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from orders import tax


def yuan(text):
    return Money.of(text, "CNY")


@pytest.mark.spec("H28", thin=True)
@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        ("11300.00", 13, "10000.00", "1300.00"),
        ("100.00", 13, "88.50", "11.50"),
        ("0.05", 13, "0.04", "0.01"),
        ("1000.00", 9, "917.43", "82.57"),
        ("1000.00", 6, "943.40", "56.60"),
        ("1030.00", 3, "1000.00", "30.00"),
        ("1000.00", 1, "990.10", "9.90"),
    ],
)
def test_tax_is_taken_out_of_a_gross_price(gross, rate, net, vat):
    found = tax.inside(yuan(gross), Decimal(rate))

    assert (found.net, found.tax, found.gross) == (yuan(net), yuan(vat), yuan(gross))


def test_tax_is_put_on_a_net_price_and_totals_are_sums_of_lines():
    assert tax.outside(yuan("10.50"), Decimal(9)).tax == yuan("0.95")
    three = [tax.outside(yuan("33.33"), Decimal(13))] * 3
    assert tax.totals(three) == (yuan("99.99"), yuan("12.99"))
    assert tax.outside(yuan("99.99"), Decimal(13)).tax == yuan("13.00")


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(tax.RATES)))
def test_p10_net_and_tax_always_make_the_gross_and_a_red_line_mirrors_a_blue_one(minor, rate):
    blue, red = tax.inside(Money(minor, "CNY"), rate), tax.inside(Money(-minor, "CNY"), rate)

    assert blue.gross == Money(minor, "CNY")
    assert (red.net, red.tax) == (-blue.net, -blue.tax)


@pytest.mark.spec("H28", thin=True)
@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        ("26110000000000000001", True), ("25440000001234567890", True), ("27110000000000000001", False), ("26990000000000000001", False),
        ("2611000000000000001", False), ("２6110000000000000001", False), ("22110000000000000001", False),
    ],
)  # fmt: skip
def test_a_digital_invoice_number_has_a_year_and_a_region(number, accepted):
    assert (not tax.fapiao_no_refusal(number, today=date(2026, 11, 28))) == accepted


def test_a_mixed_bundle_is_taxed_at_its_highest_rate():
    assert tax.highest_rate([Decimal(9), Decimal(13), Decimal(6)]) == 13
