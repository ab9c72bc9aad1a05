from datetime import datetime

import pytest

from credit_guarantee.statements import Booking, Claim, judge
from kernel.money import Money
from kernel.workdays import SHANGHAI

FIRST = Claim(1, "26112000017C", Money(10000, "CNY"), ("青岚纸业有限公司", "Qinglan Paper Co., Ltd."), "6222021001116245702")
SECOND = Claim(2, "26112000018J", Money(5000, "CNY"), ("青岚纸业有限公司",), "6222021001116245702")
OTHER = Claim(3, "26112000071K", Money(10000, "CNY"), ("远山包装有限公司",), "9999")
CLAIMS = [FIRST, SECOND, OTHER]
DOLLARS = Claim(4, "26112000017C", Money(1_000_000, "USD"), ("ACME TRADING LLC",))


def booking(minor, text="", name="青岚纸业有限公司", account="", currency="CNY"):
    return Booking(1, datetime(2026, 11, 20, tzinfo=SHANGHAI), True, Money(minor, currency), name, account, text)


@pytest.mark.spec("H27")
@pytest.mark.parametrize(
    "text", ["26112000017C", "货款26112000017c 尾款", "2611-2000-017C", "BO 26112000017C/INV", "２６１１２０００017Ｃ"]
)
def test_reference_amount_and_payer_together_are_booked(text):
    verdict = judge(booking(10000, text), CLAIMS)

    assert (verdict.kind, verdict.claims, verdict.books) == ("exact", (FIRST,), True)


@pytest.mark.spec("H27")
@pytest.mark.parametrize(
    ("found", "kind", "claims"),
    [
        (booking(10001, "26112000017C"), "over", (FIRST,)),
        (booking(9999, "26112000017C"), "under", (FIRST,)),
        (booking(10000, "26112000017C", name="某某个人"), "third_party", (FIRST,)),
        (booking(10000, "26112000017C", name=""), "third_party", (FIRST,)),
        (booking(10000, "货款 26112000017"), "likely", (FIRST,)),
        (booking(7777, "货款 261120000"), "unknown", ()),
        (booking(10000, "货款", name="", account="6222021001116245702"), "likely", (FIRST,)),
        (booking(10000, "货款", name="远山包装（有限公司)"), "likely", (OTHER,)),
        (booking(7777, "货款"), "unknown", ()),
        (booking(10000, "26112000017D"), "likely", (FIRST,)),
    ],
)
def test_everything_else_waits_for_a_person_with_what_is_known(found, kind, claims):
    verdict = judge(found, CLAIMS)

    assert (verdict.kind, verdict.claims, verdict.books) == (kind, claims, False)


@pytest.mark.spec("H27")
def test_one_transfer_pays_several_orders_when_it_names_them_all():
    verdict = judge(booking(15000, "26112000017C 26112000018J"), CLAIMS)

    assert (verdict.kind, verdict.claims) == ("exact", (FIRST, SECOND))
    assert judge(booking(15000, "26112000017C 26112000071K"), CLAIMS).kind == "under"


@pytest.mark.spec("M41")
@pytest.mark.parametrize(("arrived", "kind"), [(997_500, "charged"), (995_000, "charged"), (994_999, "under"), (1_000_000, "exact")])
def test_bank_charges_within_the_tolerance_are_booked_as_charges(arrived, kind):
    verdict = judge(booking(arrived, "26112000017C", "ACME Trading LLC", currency="USD"), [DOLLARS], tolerance=Money(5000, "USD"))

    assert verdict.kind == kind


def test_an_amount_in_another_currency_settles_nothing():
    assert judge(booking(1_000_000, "26112000017C"), [DOLLARS]).kind == "unknown"
