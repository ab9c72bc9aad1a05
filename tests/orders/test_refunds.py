"""Undoing an order: at once while unpaid, by agreement after, never once goods were accepted."""

import pytest

from kernel.models import Deadline
from kernel.money import CREDIT
from kernel.refusals import Denied, Refusal
from ledger.queries import balance
from orders.models import Refund
from orders.services import approve_refund, reject_refund, request_refund, withdraw_refund
from tests.worlds import accepted, confirmed, credit_trade, key, live_listing, member_actor, proposed_order, shipped, verified_enterprise

pytestmark = pytest.mark.django_db


def ask(order, by, reason="changed our plans"):
    return request_refund(order.no, actor=member_actor(by), reason=reason, request_key=key())


@pytest.mark.spec("H26")
def test_unpaid_order_is_cancelled_at_once_and_everything_is_freed():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=5_480_000))

    refund = ask(order, buyer)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.state, refund.state if not refund.refresh_from_db() else "") == ("cancelled", "settled")
    assert listing.stock.reserved == 0
    assert order.tenders.get().state == "dropped" and order.tenders.get().escrow.state == "cancelled"


@pytest.mark.spec("H26")
@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_required(reason):
    order, buyer, _seller, _listing = credit_trade()

    with pytest.raises(Refusal) as refusal:
        ask(order, buyer, reason)

    assert refusal.value.code == "reason_missing"
    assert Refund.objects.count() == 0


@pytest.mark.spec("H34")
def test_paid_order_is_undone_when_the_other_party_agrees_and_the_ledger_mirrors():
    order, buyer, seller, listing = credit_trade()
    refund = ask(order, buyer)

    with pytest.raises(Denied):
        approve_refund(order.no, refund.pk, actor=member_actor(buyer), request_key=key())
    approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key())

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.state, order.tenders.get().state) == ("cancelled", "returned")
    assert (balance(buyer.pk, CREDIT).minor, balance(seller.pk, CREDIT).minor) == (0, 0)
    assert (listing.stock.on_hand, listing.stock.reserved) == (100, 0)


@pytest.mark.spec("H33")
def test_after_acceptance_a_refund_is_refused_and_the_complaint_is_offered():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    accepted(order, buyer)

    with pytest.raises(Refusal, match=r"complaint|投诉") as refusal:
        ask(order, buyer)

    assert refusal.value.code == "refund_refused"
    assert Refund.objects.count() == 0
    assert balance(seller.pk, CREDIT).minor == 5_480_000


@pytest.mark.spec("H34", thin=True)
def test_while_a_refund_is_open_nothing_is_accepted_and_the_inspection_clock_stands_still():
    from datetime import timedelta

    from kernel.clock import now, telling
    from kernel.services import deliver_due, sweep_deadlines
    from orders.services import note_tracking

    order, buyer, seller, _listing = credit_trade()
    consignment = shipped(order, seller)
    note_tracking(order.no, consignment.pk, actor=member_actor(buyer), kind="signed", happened_at=now(), place="佛山仓", request_key=key())
    refund = ask(order, buyer)

    with pytest.raises(Refusal) as refusal:
        accepted(order, buyer)
    with telling(now() + timedelta(days=8)):
        sweep_deadlines()
        deliver_due()
    consignment.refresh_from_db()
    assert (refusal.value.code, consignment.state) == ("refund_open", "shipped")

    withdraw_refund(order.no, refund.pk, actor=member_actor(buyer), request_key=key())
    assert Deadline.objects.get(policy="orders.inspect").paused_at is None


@pytest.mark.spec("H34", thin=True)
def test_rejection_needs_an_answer_and_leaves_the_trade_as_it_was():
    order, buyer, seller, _listing = credit_trade()
    refund = ask(order, buyer)

    with pytest.raises(Refusal):
        reject_refund(order.no, refund.pk, actor=member_actor(seller), answer=" ", request_key=key())
    reject_refund(order.no, refund.pk, actor=member_actor(seller), answer="goods are cut already", request_key=key())

    order.refresh_from_db()
    refund.refresh_from_db()
    assert (order.state, refund.state, refund.answer) == ("funded", "rejected", "goods are cut already")
    assert balance(buyer.pk, CREDIT).minor == -5_480_000


def test_one_refund_at_a_time():
    order, buyer, seller, _listing = credit_trade()
    ask(order, buyer)

    with pytest.raises(Refusal) as refusal:
        ask(order, seller)

    assert refusal.value.code == "refund_open"
    assert Refund.objects.count() == 1
