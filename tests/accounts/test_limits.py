"""Limits of sub-accounts, approvals by others, stand-ins: on every path that commits the enterprise (B10, P13, P14)."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Approval, Delegation, Membership, Spending, SpendingLimit
from accounts.queries import approval_ticket, today
from accounts.services import (
    ask_approval,
    decide_approval,
    end_stand_in,
    end_sub_account,
    name_stand_in,
    set_approval_rule,
    set_limit,
)
from kernel.clock import telling
from kernel.models import ChainLink, Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from orders.models import Order
from orders.rules import LineTerms, TopUp
from orders.services import approve_refund, confirm_order, decline_order, propose_order, request_refund, withdraw_order
from tests.worlds import (
    allow_credit,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
TONNE = 548_000  # fen


def place_of(user) -> Membership:
    return Membership.objects.get(user=user)


def limited(firm, *, per_order=None, per_period=None, period="month", boxes=("trade",)):
    """A sub-account with limits in fen; returns the person."""
    user = sub_account(firm, *boxes)
    set_limit(
        place_of(user).pk,
        per_order_minor=per_order,
        per_period_minor=per_period,
        period=period,
        actor=member_actor(firm),
        request_key=key(),
    )
    return user


def firms():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 100_000_000)
    return buyer, seller, live_listing(seller, stock=1000, moq=1)


def send(buyer, user, seller, goods, tonnes, *, request_key=""):
    """Propose to buy paper for barter credit."""
    money = TopUp("me", Money(tonnes * TONNE, CREDIT), Money(0, "CNY"))
    return propose_order(
        seller.pk, actor=member_actor(buyer, user), lines=[LineTerms(goods.pk, tonnes, TONNE)], top_up=money, note="",
        request_key=request_key or key(),
    )  # fmt: skip


def asked(refusal, firm, user, note="") -> Approval:
    actor = member_actor(firm, user)
    ticket = approval_ticket(actor, refusal, title="Paper", rows=[], url="/", fields=[])
    return ask_approval(ticket=ticket, note=note, actor=actor, request_key=key())


def refused(act) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    assert caught.value.code == "approval_needed"
    return caught.value


def facts(name: str) -> int:
    return Fact.objects.filter(name=name).count()


@pytest.mark.spec("B10")
def test_a_proposal_at_the_limit_per_order_goes_and_one_above_is_refused_without_a_trace():
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=10 * TONNE)

    order = send(buyer, user, seller, goods, 10)
    rows = Order.objects.count(), Fact.objects.count(), Spending.objects.count()
    refusal = refused(lambda: send(buyer, user, seller, goods, 11))

    assert Spending.objects.get(subject=f"orders.order:{order.pk}").amount_minor == 10 * TONNE
    assert (refusal.params["why"], refusal.params["amount_minor"], refusal.params["currency"]) == ("over_order_limit", 11 * TONNE, "CNY")
    assert (Order.objects.count(), Fact.objects.count(), Spending.objects.count()) == rows


@pytest.mark.spec("B10")
def test_the_main_account_is_bound_by_no_limit():
    buyer, seller, goods = firms()
    set_approval_rule(above_minor=1, actor=member_actor(buyer), request_key=key())

    send(buyer, main_account(buyer), seller, goods, 100)

    assert Spending.objects.count() == 0


@pytest.mark.spec("B10")
@pytest.mark.parametrize("period", ["day", "month"])
def test_the_limit_of_a_period_counts_what_was_committed_in_it_in_shanghai_time(period):
    buyer, seller, goods = firms()
    user = limited(buyer, per_period=25 * TONNE, period=period)
    last = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # 23:59 of the last day of October in Shanghai

    with telling(last):
        send(buyer, user, seller, goods, 15)
        assert refused(lambda: send(buyer, user, seller, goods, 11)).params["why"] == "over_period_limit"
        send(buyer, user, seller, goods, 10)
    with telling(last + timedelta(minutes=1)):
        send(buyer, user, seller, goods, 25)

    assert Spending.objects.count() == 3


@pytest.mark.spec("B10")
@pytest.mark.parametrize("end", ["decline", "withdraw", "cancel"])
def test_what_comes_to_nothing_is_counted_back_once(end):
    buyer, seller, goods = firms()
    user = limited(buyer, per_period=10 * TONNE)
    order = send(buyer, user, seller, goods, 10)
    refused(lambda: send(buyer, user, seller, goods, 1))

    if end == "decline":
        decline_order(order.no, actor=member_actor(seller), reason="", request_key=key())
    elif end == "withdraw":
        withdraw_order(order.no, actor=member_actor(buyer), request_key=key())
    else:
        confirm_order(order.no, actor=member_actor(seller), terms_hash=order.terms_hash, request_key=key())
        refund = request_refund(order.no, actor=member_actor(buyer), reason="late", request_key=key())
        approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key())
    deliver_due()

    assert facts("accounts.spending_given_back") == 1
    send(buyer, user, seller, goods, 10)


@pytest.mark.spec("B10")
def test_confirming_and_approving_a_refund_are_bound_as_proposing_is():
    buyer, seller, goods = firms()
    user = limited(seller, per_order=5 * TONNE)
    order = proposed_order(buyer, seller, get=[(goods, 10)], credit=10 * TONNE)

    refused(lambda: confirm_order(order.no, actor=member_actor(seller, user), terms_hash=order.terms_hash, request_key=key()))
    order.refresh_from_db()
    goods.stock.refresh_from_db()
    assert (order.state, goods.stock.reserved) == ("proposed", 0)

    confirm_order(order.no, actor=member_actor(seller), terms_hash=order.terms_hash, request_key=key())
    refund = request_refund(order.no, actor=member_actor(buyer), reason="late", request_key=key())
    refused(lambda: approve_refund(order.no, refund.pk, actor=member_actor(seller, user), request_key=key()))
    refund.refresh_from_db()
    order.refresh_from_db()
    assert (refund.state, order.state) == ("requested", "funded")


@pytest.mark.spec("B10")
def test_an_approval_lets_exactly_this_act_through_once():
    buyer, seller, goods = firms()
    user, boss = limited(buyer, per_order=TONNE), sub_account(buyer, "approve")
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user, note="good price")
    refused(lambda: send(buyer, user, seller, goods, 10))  # asked is not approved

    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer, boss), request_key=key())
    refused(lambda: send(buyer, user, seller, goods, 11))  # other terms
    send(buyer, user, seller, goods, 10)

    row.refresh_from_db()
    assert (row.state, row.amount_minor, row.decided_by.user) == ("used", 10 * TONNE, boss)
    assert Spending.objects.count() == 0  # the approver answers for it
    refused(lambda: send(buyer, user, seller, goods, 10))
    assert [facts(f"accounts.approval_{what}") for what in ("asked", "decided", "used")] == [1, 1, 1]
    assert not ChainLink.objects.filter(chain=seller.chain, fact__name__startswith="accounts.approval").exists()


@pytest.mark.spec("B10")
def test_above_the_threshold_every_sub_account_needs_approval_whatever_its_limits():
    buyer, seller, goods = firms()
    set_approval_rule(above_minor=5 * TONNE, actor=member_actor(buyer), request_key=key())
    user = sub_account(buyer, "trade")

    send(buyer, user, seller, goods, 5)
    refusal = refused(lambda: send(buyer, user, seller, goods, 6))

    assert refusal.params["why"] == "above_threshold"
    set_approval_rule(above_minor=None, actor=member_actor(buyer), request_key=key())
    send(buyer, user, seller, goods, 6)


@pytest.mark.spec("B10")
def test_goods_in_another_currency_always_need_approval_where_there_is_a_line():
    buyer, seller = verified_enterprise(), verified_enterprise()
    goods = live_listing(seller, price=Money(100, "USD"))
    cash = TopUp("me", Money(0, CREDIT), Money(1000, "USD"))

    def act(user):
        return propose_order(
            seller.pk, actor=member_actor(buyer, user), lines=[LineTerms(goods.pk, 10, 100)], top_up=cash, note="", request_key=key()
        )

    user, free = limited(buyer, per_order=10**12), sub_account(buyer, "trade")
    refusal = refused(lambda: act(user))
    row = asked(refusal, buyer, user)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer), request_key=key())

    assert (refusal.params["why"], row.amount_minor, row.currency) == ("other_currency", 1000, "USD")
    assert act(user).state == act(free).state == "proposed"


@pytest.mark.spec("B10")
def test_nobody_decides_about_their_own_request_not_even_through_a_stand_in():
    buyer, seller, goods = firms()
    user, friend = limited(buyer, per_order=TONNE, boxes=("trade", "approve")), sub_account(buyer, "trade")
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    name_stand_in(
        taker_id=place_of(friend).pk, starts_on=today(), ends_on=today(), actor=member_actor(buyer, user), request_key=key()
    )  # fmt: skip

    for who, code in ((user, "own_request"), (friend, "beyond_own_limit")):
        with pytest.raises(Denied) as caught:
            decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer, who), request_key=key())
        assert caught.value.code == code

    row.refresh_from_db()
    assert (row.state, facts("accounts.approval_decided")) == ("requested", 0)


@pytest.mark.spec("B10")
def test_an_approver_with_an_own_limit_refuses_what_is_above_it_but_does_not_approve_it():
    buyer, seller, goods = firms()
    user, boss = limited(buyer, per_order=TONNE), limited(buyer, per_order=9 * TONNE, boxes=("approve",))
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)

    with pytest.raises(Denied):
        decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer, boss), request_key=key())
    with pytest.raises(Refusal) as caught:
        decide_approval(row.pk, verdict="reject", note=" ", actor=member_actor(buyer, boss), request_key=key())
    assert caught.value.code == "reason_missing"
    decide_approval(row.pk, verdict="reject", note="too dear", actor=member_actor(buyer, boss), request_key=key())

    row.refresh_from_db()
    assert (row.state, row.decision_note) == ("rejected", "too dear")
    refused(lambda: send(buyer, user, seller, goods, 10))


@pytest.mark.spec("B10")
def test_a_stand_in_approves_for_the_absent_on_the_named_days_only():
    buyer, seller, goods = firms()
    user, friend = limited(buyer, per_order=TONNE), sub_account(buyer, "ship")
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    first, last = today() + timedelta(days=2), today() + timedelta(days=3)
    given = name_stand_in(taker_id=place_of(friend).pk, starts_on=first, ends_on=last, actor=member_actor(buyer), request_key=key())
    noon = datetime(first.year, first.month, first.day, 4, tzinfo=UTC)

    def decide():
        return decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer, friend), request_key=key())

    for day in (-1, 2):
        with telling(noon + timedelta(days=day)), pytest.raises(Denied):
            decide()
    with telling(noon + timedelta(days=1)):
        decided = decide()

    assert (decided.state, decided.decided_by.user, decided.for_whom.user) == ("approved", friend, main_account(buyer))
    assert Fact.objects.get(name="accounts.approval_decided").changes["for_whom"] == ["", str(main_account(buyer))]
    end_stand_in(given.pk, actor=member_actor(buyer), request_key=key())
    assert Delegation.objects.get(pk=given.pk).ended_at is not None


@pytest.mark.spec("P14")
def test_a_stand_in_ends_at_once_with_the_right_of_whom_it_stands_in_for():
    buyer, seller, goods = firms()
    user, boss, friend = limited(buyer, per_order=TONNE), sub_account(buyer, "approve"), sub_account(buyer, "ship")
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    actor = member_actor(buyer, friend)  # as a queued job holds it
    name_stand_in(taker_id=place_of(friend).pk, starts_on=today(), ends_on=today(), actor=member_actor(buyer, boss), request_key=key())

    end_sub_account(place_of(boss).pk, actor=member_actor(buyer), request_key=key())

    with pytest.raises(Denied):
        decide_approval(row.pk, verdict="approve", note="", actor=actor, request_key=key())
    row.refresh_from_db()
    assert row.state == "requested"


@pytest.mark.spec("P14")
def test_a_changed_limit_and_an_ended_membership_bite_an_actor_built_before():
    buyer, seller, goods = firms()
    user = limited(buyer, per_order=10 * TONNE)
    actor = member_actor(buyer, user)

    def act():
        money = TopUp("me", Money(10 * TONNE, CREDIT), Money(0, "CNY"))
        return propose_order(seller.pk, actor=actor, lines=[LineTerms(goods.pk, 10, TONNE)], top_up=money, note="", request_key=key())

    act()
    SpendingLimit.objects.update(per_order_minor=9 * TONNE)
    refused(act)
    end_sub_account(place_of(user).pk, actor=member_actor(buyer), request_key=key())
    with pytest.raises(Denied) as caught:
        act()

    assert (caught.value.code, Order.objects.count()) == ("membership_ended", 1)


@pytest.mark.spec("B10")
def test_the_log_tells_limits_approvals_and_stand_ins_in_words(client):
    buyer, seller, goods = firms()
    user, friend = limited(buyer, per_order=TONNE, per_period=20 * TONNE), sub_account(buyer, "ship")
    set_approval_rule(above_minor=5 * TONNE, actor=member_actor(buyer), request_key=key())
    name_stand_in(taker_id=place_of(friend).pk, starts_on=today(), ends_on=today(), actor=member_actor(buyer), request_key=key())
    row = asked(refused(lambda: send(buyer, user, seller, goods, 10)), buyer, user)
    decide_approval(row.pk, verdict="approve", note="", actor=member_actor(buyer, friend), request_key=key())
    client.force_login(main_account(buyer))
    client.cookies["django_language"] = "en"

    page = client.get("/shop/team/log/").content.decode()

    for words in (
        "Spending limit of a sub-account set",
        "Threshold for approval set",
        "Stand-in for approving named",
        "Approval asked for",
    ):
        assert words in page
    for words in ("¥5,480.00", "¥54,800.00", "Request for approval decided"):
        assert words in page
