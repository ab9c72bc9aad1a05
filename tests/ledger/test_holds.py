"""Holds settle exactly once and conserve (P4); limits bound what may be spent (P3)."""

import pytest

from accounts.models import Membership
from kernel.clock import now
from kernel.models import Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, KeyReused, NotFound, Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Account, Hold, LimitChange
from ledger.services import hold_funds, pay_out, receive_hold, refund_hold, release_hold
from tests.worlds import decide_debit_limit, funded_wallet, key, member_actor, staff_actor, verified_enterprise

REF = ("tests.order", "17")


def xeh(minor: int) -> Money:
    return Money(minor, CREDIT)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


@pytest.fixture
def pair(db):
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, xeh(1000))
    return a, b


def hold(pair, minor=400, key="hold-1") -> Hold:
    a, b = pair
    return hold_funds(key=key, payer_id=a.pk, payee_id=b.pk, amount=xeh(minor), ref=REF, actor=member_actor(a))


def clean() -> bool:
    checks = (audits.zero_sum, audits.entries, audits.balances, audits.running_balances, audits.floors, audits.holds)
    return [finding for check in checks for finding in check()] == []


@pytest.mark.spec("B03", thin=True)
def test_p4_credit_is_held_then_released_to_the_payee(pair):
    a, b = pair
    held = hold(pair)
    assert (queries.balance(a.pk), queries.balance(b.pk), queries.held(a.pk)) == (xeh(600), xeh(0), xeh(400))

    release_hold(held.pk, key="rel-1", actor=COMMAND)

    assert (queries.balance(a.pk), queries.balance(b.pk), queries.held(a.pk)) == (xeh(600), xeh(400), xeh(0))
    assert [m.kind for m in queries.entries_about(REF)] == ["hold", "release"]
    assert Hold.objects.get().state == "released"
    assert clean()


@pytest.mark.spec("B03", thin=True)
def test_p4_refund_returns_credit_to_the_payer(pair):
    a, b = pair
    held = hold(pair)

    refund_hold(held.pk, key="ref-1", actor=COMMAND)

    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(1000), xeh(0))
    assert clean()


@pytest.mark.spec("B03", "H55", thin=True)
def test_cash_becomes_payable_and_is_paid_out_once(pair):
    a, b = pair
    held = receive_hold(key="c-1", payer_id=a.pk, payee_id=b.pk, amount=cny(90_000), ref=REF, actor=COMMAND)
    release_hold(held.pk, key="rel-1", actor=COMMAND)
    assert queries.balance(b.pk, "CNY") == cny(90_000)

    for _ in range(2):
        pay_out(key="out-1", enterprise_id=b.pk, amount=cny(90_000), ref=REF, actor=COMMAND)

    assert queries.balance(b.pk, "CNY") == cny(0)
    custodian = Account.objects.get(holder="custodian", purpose="cash", currency="CNY")
    assert queries.derived_balance(custodian) == cny(0)
    with pytest.raises(Refusal):
        pay_out(key="out-2", enterprise_id=b.pk, amount=cny(1), ref=REF, actor=COMMAND)
    assert clean()


def test_p6_same_hold_key_answers_the_same_hold_with_one_fact(pair):
    a, _b = pair

    first, again = hold(pair), hold(pair)

    assert first.pk == again.pk
    assert queries.balance(a.pk) == xeh(600)
    assert Fact.objects.filter(name="ledger.funds_held").count() == 1
    with pytest.raises(KeyReused):
        hold(pair, minor=401)
    assert queries.balance(a.pk) == xeh(600)


def test_p4_settling_again_with_the_key_is_the_same_and_without_it_is_refused(pair):
    held = hold(pair)
    release_hold(held.pk, key="rel-1", actor=COMMAND)

    release_hold(held.pk, key="rel-1", actor=COMMAND)
    for settle in (release_hold, refund_hold):
        with pytest.raises(IllegalMove):
            settle(held.pk, key="other", actor=COMMAND)
    with pytest.raises(IllegalMove):
        refund_hold(held.pk, key="rel-1", actor=COMMAND)

    assert queries.balance(pair[1].pk) == xeh(400)
    assert Fact.objects.filter(name="ledger.funds_released").count() == 1
    assert clean()


def test_p3_hold_beyond_the_wallet_leaves_no_trace(pair):
    a, _b = pair

    with pytest.raises(Refusal) as refusal:
        hold(pair, minor=1001)

    assert refusal.value.code == "insufficient_funds"
    assert (queries.balance(a.pk), Hold.objects.count(), Fact.objects.count()) == (xeh(1000), 0, 0)


def test_hold_facts_reach_both_chains(pair):
    a, b = pair
    hold(pair)

    fact = Fact.objects.get(name="ledger.funds_held")

    assert set(fact.links.values_list("chain", flat=True)) == {a.chain, b.chain}
    assert fact.payload["amount_minor"] == 400


@pytest.mark.parametrize(
    ("service", "amount"), [(hold_funds, cny(5)), (receive_hold, xeh(5)), (hold_funds, xeh(0)), (receive_hold, cny(-5))]
)
def test_hold_of_the_wrong_kind_or_sign_is_refused(pair, service, amount):
    a, b = pair

    with pytest.raises(Refusal):
        service(key="k", payer_id=a.pk, payee_id=b.pk, amount=amount, ref=REF, actor=COMMAND)

    assert Hold.objects.count() == 0


def test_unknown_hold_is_not_found(db):
    with pytest.raises(NotFound):
        release_hold(987, key="k", actor=COMMAND)


def test_p3_limit_lets_the_wallet_go_below_zero_and_no_further(pair):
    a, _b = pair
    staff = staff_actor("ledger.set_debit_limit")

    decide_debit_limit(a.pk, limit=xeh(500), reason="two years of clean trade", actor=staff, request_key=key())

    assert (queries.available(a.pk), queries.debit_limit(a.pk)) == (xeh(1500), xeh(500))
    hold(pair, minor=1500)
    assert (queries.balance(a.pk), queries.available(a.pk)) == (xeh(-500), xeh(0))
    with pytest.raises(Refusal):
        hold(pair, minor=1, key="hold-2")
    assert clean()


def test_limit_change_keeps_reason_outside_the_fact(pair):
    a, _b = pair
    staff = staff_actor("ledger.set_debit_limit")

    decide_debit_limit(a.pk, limit=xeh(500), reason="told by phone", actor=staff, request_key=key())
    decide_debit_limit(a.pk, limit=xeh(500), reason="again", actor=staff, request_key=key())

    change = LimitChange.objects.get()
    assert (change.before_minor, change.after_minor, change.reason, change.actor_user_id) == (0, 500, "told by phone", staff.user_id)
    fact = Fact.objects.get(name="ledger.debit_limit_set")
    assert (fact.payload["limit_minor"], fact.changes) == (500, {"limit_minor": [0, 500]})
    assert "phone" not in str(fact.payload)


def test_limit_below_the_balance_is_refused(pair):
    a, _b = pair
    staff = staff_actor("ledger.set_debit_limit")
    decide_debit_limit(a.pk, limit=xeh(500), reason="r", actor=staff, request_key=key())
    hold(pair, minor=1200)

    with pytest.raises(Refusal) as refusal:
        decide_debit_limit(a.pk, limit=xeh(199), reason="r", actor=staff, request_key=key())

    assert refusal.value.code == "limit_below_balance"
    assert queries.debit_limit(a.pk) == xeh(500)
    decide_debit_limit(a.pk, limit=xeh(200), reason="r", actor=staff, request_key=key())
    assert queries.available(a.pk) == xeh(0)


@pytest.mark.parametrize("permissions", [(), ("accounts.review_enterprise",)])
def test_limit_needs_its_permission(pair, permissions):
    a, _b = pair

    with pytest.raises(Denied):
        decide_debit_limit(a.pk, limit=xeh(5), reason="r", actor=staff_actor(*permissions), request_key=key())
    with pytest.raises(Denied):
        decide_debit_limit(a.pk, limit=xeh(5), reason="r", actor=member_actor(a), request_key=key())

    assert (queries.debit_limit(a.pk), LimitChange.objects.count()) == (xeh(0), 0)


@pytest.mark.parametrize("ended", [False, True])
def test_p37_staff_cannot_set_the_limit_of_their_own_enterprise(pair, ended):
    a, _b = pair
    staff = staff_actor("ledger.set_debit_limit")
    Membership.objects.create(user_id=staff.user_id, enterprise=a, created_at=now(), ended_at=now() if ended else None)

    with pytest.raises(Denied):
        decide_debit_limit(a.pk, limit=xeh(5), reason="r", actor=staff, request_key=key())

    assert LimitChange.objects.count() == 0


@pytest.mark.parametrize(("limit", "reason", "code"), [(5, "  ", "reason_missing"), (-5, "r", "limit_not_credit")])
def test_limit_needs_reason_and_sense(pair, limit, reason, code):
    with pytest.raises(Refusal) as refusal:
        decide_debit_limit(pair[0].pk, limit=xeh(limit), reason=reason, actor=staff_actor("ledger.set_debit_limit"), request_key=key())

    assert refusal.value.code == code
