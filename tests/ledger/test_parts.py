"""Parts of a hold go back before it is settled, and the platform's fee leaves it at release: nothing is lost or made (P4)."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.money import CREDIT, Money
from kernel.refusals import IllegalMove, KeyReused, Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Account, Hold
from ledger.rules import fee_of
from ledger.services import hold_funds, receive_hold, refund_hold, refund_hold_part, release_hold
from tests.worlds import funded_wallet, verified_enterprise

pytestmark = pytest.mark.django_db
REF = ("tests.order", "17")
RUNS = itertools.count()


@pytest.fixture
def pair(db):
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, Money(1000, CREDIT))
    return a, b


def hold_of(pair, minor=400, fee=0, key="h") -> Hold:
    a, b = pair
    amount = Money(minor, CREDIT)
    return hold_funds(key=key, payer_id=a.pk, payee_id=b.pk, amount=amount, ref=REF, actor=COMMAND, fee_minor=fee)


def fees() -> int:
    rows = Account.objects.filter(holder="platform", purpose="fees", currency=CREDIT)
    return sum(int(p.minor) for account in rows for p in account.postings.filter(entry__kind="release"))


def clean() -> list:
    checks = (audits.zero_sum, audits.balances, audits.running_balances, audits.floors, audits.holds, audits.fees)
    return [finding for check in checks for finding in check()]


@pytest.mark.spec("B03", thin=True)
def test_p4_a_part_goes_back_once_and_the_rest_stays_held(pair):
    a, b = pair
    hold = hold_of(pair)

    for _ in range(2):
        refund_hold_part(hold.pk, minor=150, key="part-1", actor=COMMAND)

    assert (queries.balance(a.pk).minor, queries.held(a.pk).minor) == (750, 250)
    with pytest.raises(KeyReused):
        refund_hold_part(hold.pk, minor=151, key="part-1", actor=COMMAND)
    release_hold(hold.pk, key="rel", actor=COMMAND)
    assert (queries.balance(a.pk).minor, queries.balance(b.pk).minor) == (750, 250)
    refund_hold_part(hold.pk, minor=150, key="part-1", actor=COMMAND)  # a replay after the end is still the same request
    with pytest.raises(IllegalMove):
        refund_hold_part(hold.pk, minor=1, key="part-2", actor=COMMAND)
    assert clean() == []


@pytest.mark.parametrize("minor", [0, -5, 400, 401])
def test_p4_all_or_nothing_is_no_part(pair, minor):
    hold = hold_of(pair)
    with pytest.raises(Refusal) as refused:
        refund_hold_part(hold.pk, minor=minor, key="part", actor=COMMAND)
    assert refused.value.code == "part_too_large"
    assert Hold.objects.get().returned_minor == 0 and queries.balance(pair[0].pk).minor == 600


def test_a_fee_leaves_with_the_release_and_shrinks_with_what_went_back(pair):
    a, b = pair
    hold = hold_of(pair, minor=400, fee=10)
    refund_hold_part(hold.pk, minor=150, key="part", actor=COMMAND)
    release_hold(hold.pk, key="rel", actor=COMMAND)
    assert (queries.balance(a.pk).minor, queries.balance(b.pk).minor, fees()) == (750, 244, 6)
    assert clean() == []


def test_a_refund_gives_the_fee_back(pair):
    hold = hold_of(pair, fee=10)
    refund_hold(hold.pk, key="back", actor=COMMAND)
    assert (queries.balance(pair[0].pk).minor, fees()) == (1000, 0)
    assert clean() == []


def test_the_same_key_with_another_fee_is_another_request(pair):
    hold_of(pair, fee=10)
    with pytest.raises(KeyReused):
        hold_of(pair, fee=11)


def test_cash_parts_become_payable_to_the_payer(pair):
    a, b = pair
    cny = Money(90_000, "CNY")
    hold = receive_hold(key="c", payer_id=a.pk, payee_id=b.pk, amount=cny, ref=REF, actor=COMMAND, fee_minor=900)
    refund_hold_part(hold.pk, minor=30_000, key="part", actor=COMMAND)
    release_hold(hold.pk, key="rel", actor=COMMAND)
    assert (queries.balance(a.pk, "CNY").minor, queries.balance(b.pk, "CNY").minor) == (30_000, 59_400)
    assert clean() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amount=st.integers(2, 1000), fee=st.integers(0, 999), parts=st.lists(st.integers(1, 600), max_size=4), release=st.booleans(),
)  # fmt: skip
def test_p4_any_sequence_of_parts_and_an_end_conserves(pair, amount, fee, parts, release):
    a, b = pair
    data = f"run-{next(RUNS)}"  # the world is not put back between examples
    before = (queries.balance(a.pk).minor, queries.balance(b.pk).minor, fees())
    if before[0] < amount:
        funded_wallet(a, Money(1000, CREDIT))
        before = (queries.balance(a.pk).minor, queries.balance(b.pk).minor, fees())
    fee = min(fee, amount - 1)
    hold, gone = hold_of(pair, minor=amount, fee=fee, key=data), 0
    for n, minor in enumerate(parts):
        if minor < amount - gone:
            refund_hold_part(hold.pk, minor=minor, key=f"{data}-{n}", actor=COMMAND)
            gone += minor
    (release_hold if release else refund_hold)(hold.pk, key=f"{data}-end", actor=COMMAND)
    left, taken = amount - gone, fee_of(fee, amount, amount - gone) if release else 0
    after = (queries.balance(a.pk).minor, queries.balance(b.pk).minor, fees())
    paid = left - taken if release else 0
    assert after == (before[0] - amount + gone + (0 if release else left), before[1] + paid, before[2] + taken)
    assert clean() == []
