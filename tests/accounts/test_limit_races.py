"""Two acts at once never pass a limit together, and one approval lets one act through; canaries show that the harness would notice."""

import time

import pytest
from django.db import transaction

from accounts.models import Approval, Spending, SpendingLimit
from accounts.queries import spent_in_period
from accounts.services import decide_approval, limits
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from orders.models import Order
from orders.permissions import PROPOSE
from orders.rules import LineTerms, TopUp
from orders.services import propose_order
from tests.races import race
from tests.worlds import key, member_actor, verified_enterprise

from .test_limits import TONNE, asked, firms, limited, place_of, refused

pytestmark = pytest.mark.django_db(transaction=True)


def proposing(buyer, user, seller, goods):
    money, actor = TopUp("me", Money(10 * TONNE, CREDIT), Money(0, "CNY")), member_actor(buyer, user)
    return lambda: propose_order(
        seller.pk, actor=actor, lines=[LineTerms(goods.pk, 10, TONNE)], top_up=money, note="", request_key=key()
    )  # fmt: skip


@pytest.mark.spec("B10")
def test_orders_sent_at_once_never_pass_the_limit_of_the_period_together():
    for _round in range(3):
        buyer, seller, goods = firms()
        user = limited(buyer, per_period=25 * TONNE)
        act = proposing(buyer, user, seller, goods)

        results = race([act] * 6)

        assert sum(isinstance(r, Order) for r in results) == 2, results
        assert [r.code for r in results if isinstance(r, Exception)] == ["approval_needed"] * 4, results
        assert spent_in_period(place_of(user).pk, "month") == 20 * TONNE


@pytest.mark.spec("B10")
def test_canary_a_sum_without_the_lock_lets_too_much_through():
    firm = verified_enterprise()
    user = limited(firm, per_period=25)
    place = place_of(user)

    def act(number):
        with transaction.atomic():
            limit = SpendingLimit.objects.get(membership=place)  # read, not locked
            if spent_in_period(place.pk, "month") + 10 > limit.per_period_minor:
                raise Refusal("approval_needed")
            time.sleep(0.2)
            Spending.objects.create(membership=place, subject=f"tests.row:{number}", amount_minor=10, at=now())

    race([lambda n=n: act(n) for n in range(6)])

    assert spent_in_period(place.pk, "month") > 25


@pytest.mark.spec("B10")
def test_one_approval_used_at_once_by_many_lets_one_act_through():
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=TONNE)
    act = proposing(buyer, user, seller, goods)
    row = asked(refused(act), buyer, user)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer), request_key=key())

    results = race([act] * 6)

    assert sum(isinstance(r, Order) for r in results) == 1, results
    assert [r.code for r in results if isinstance(r, Exception)] == ["approval_needed"] * 5, results
    assert (Order.objects.count(), Approval.objects.get().state) == (1, "used")


@pytest.mark.spec("B10")
def test_canary_an_approval_read_without_the_lock_is_used_twice():
    firm = verified_enterprise()
    user = limited(firm, per_order=1)
    actor = member_actor(firm, user)

    def leave(number):
        limits.commit(actor=actor, verb=PROPOSE, subject=f"tests.row:{number}", terms="t", amount=Money(10, "CNY"), asked_for="tests.row:0")

    with pytest.raises(Refusal) as caught, transaction.atomic():
        leave(1)
    row = asked(caught.value, firm, user)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(firm), request_key=key())
    passed = []

    def act(number):
        with transaction.atomic():
            found = Approval.objects.filter(pk=row.pk, state="approved").first()  # read, not locked
            if found is None:
                raise Refusal("approval_needed")
            time.sleep(0.2)
            Approval.objects.filter(pk=row.pk).update(state="used", used_at=now())
            passed.append(number)

    race([lambda n=n: act(n) for n in range(4)])

    assert len(passed) > 1
