"""P10: amounts are exact, rounding happens once, parts always sum to the whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.capitals import capital_amount
from kernel.money import CREDIT, EXPONENTS, MAX_MINOR, CurrencyMismatch, Money

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(sorted(EXPONENTS))
FEE = Decimal("0.006")

CAPITALS = [
    ("1409.50", "壹仟肆佰零玖元伍角"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
    ("107000.53", "壹拾万柒仟元伍角叁分"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("0.05", "伍分"),
    ("10.00", "壹拾元整"),
    ("10001.00", "壹万零壹元整"),
    ("10200.05", "壹万零贰佰元零伍分"),
    ("100000001.00", "壹亿零壹元整"),
    ("1000010000.00", "壹拾亿零壹万元整"),
    ("12345678.90", "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角"),
    ("0.00", "零元整"),
]


@pytest.mark.parametrize(("price", "on_total", "per_line"), [("0.83", "49.80", "0.00"), ("0.84", "50.40", "100.00")])
def test_p10_a_fee_on_the_total_differs_from_the_sum_of_rounded_fees(price, on_total, per_line):
    line = Money.of(price, "CNY")

    fee = line.times(10_000).times(FEE)
    salami = sum((line.times(FEE) for _ in range(10_000)), Money.zero("CNY"))

    assert fee == Money.of(on_total, "CNY")
    assert salami == Money.of(per_line, "CNY")


def test_p10_a_hundred_in_three_equal_shares_loses_nothing():
    assert [m.minor for m in Money.of("100", "CNY").split([1, 1, 1])] == [3334, 3333, 3333]


def test_p10_the_largest_remainder_gets_the_odd_unit():
    assert [m.minor for m in Money(10, "CNY").split([1, 5, 4])] == [1, 5, 4]
    assert [m.minor for m in Money(10, "CNY").split([3, 3, 1])] == [4, 4, 2]
    assert [m.minor for m in Money(-10, "CNY").split([3, 3, 1])] == [-4, -4, -2]


@given(minors, currencies, st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any))
def test_p10_shares_sum_exactly_and_none_is_a_unit_off(minor, currency, weights):
    shares = Money(minor, currency).split(weights)

    assert sum(s.minor for s in shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor * sum(weights) - minor * weight) < sum(weights)
        assert weight or not share


@given(minors, currencies)
def test_p10_writing_and_reading_an_amount_gives_the_same_amount(minor, currency):
    money = Money(minor, currency)

    assert Money.of(str(money.decimal), currency) == money
    assert Money.of(str(money).removesuffix(f" {currency}").replace(",", ""), currency) == money


@given(minors, st.integers(1, 10_000))
def test_p10_taking_a_fee_and_giving_the_rest_creates_nothing(minor, thousandths):
    gross = Money(abs(minor), CREDIT)

    fee = gross.times(Decimal(thousandths) / 10_000)
    rest = gross - fee

    assert fee + rest == gross
    assert Money.zero(CREDIT) <= fee <= gross


@pytest.mark.parametrize(("factor", "expected"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("0.4999", 0)])
def test_halves_round_away_from_zero(factor, expected):
    assert Money(1, "CNY").times(Decimal(factor)) == Money(expected, "CNY")


@pytest.mark.parametrize("text", ["1.005", "NaN", "sNaN", "Infinity", "-Infinity", "1e30", "", "ten", "1,000"])
def test_what_is_no_amount_of_yuan_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        Money.of(text, "CNY")


@pytest.mark.parametrize(("text", "currency", "minor"), [("12", "JPY", 12), ("1.234", "KWD", 1234), ("1.5", CREDIT, 150)])
def test_each_currency_keeps_its_own_places(text, currency, minor):
    assert Money.of(text, currency).minor == minor
    with pytest.raises(ValueError, match="not an amount"):
        Money.of(text + "0001" if "." in text else text + ".1", currency)


@pytest.mark.parametrize(
    "make", [lambda: Money.of(0.5, "CNY"), lambda: Money(1.0, "CNY"), lambda: Money(True, "CNY"), lambda: Money("1", "CNY")]
)
def test_floats_and_look_alikes_are_no_money(make):
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize("act", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b])
def test_two_currencies_never_meet(act):
    with pytest.raises(CurrencyMismatch):
        act(Money(1, "CNY"), Money(1, CREDIT))
    assert Money(1, "CNY") != Money(1, CREDIT)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 3]])
def test_shares_without_weight_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Money(10, "CNY").split(weights)


@pytest.mark.spec("B18", thin=True)
@pytest.mark.parametrize(("amount", "capitals"), CAPITALS)
def test_capital_amounts_follow_the_payment_rules(amount, capitals):
    assert capital_amount(Money.of(amount, "CNY")) == capitals


@given(st.integers(0, MAX_MINOR))
def test_capital_amounts_never_double_a_zero_and_end_whole_yuan(minor):
    text = capital_amount(Money(minor, CREDIT))

    assert "零零" not in text
    assert text.endswith("整") == (minor % 100 == 0)
    assert ("元" in text) == (minor >= 100 or minor == 0)


@pytest.mark.parametrize("amount", [Money(-1, "CNY"), Money(1, "JPY"), Money(1, "KWD")])
def test_capital_amounts_of_other_kinds_are_refused(amount):
    with pytest.raises(ValueError, match="capital amounts"):
        capital_amount(amount)
