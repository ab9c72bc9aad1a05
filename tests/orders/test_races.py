"""P3, P4, P6, P8: whoever clicks, and however often, an order settles once. Each race has a canary that the harness must catch."""

import time

import pytest
from django.db import transaction

from kernel.money import CREDIT
from kernel.refusals import IllegalMove, Refusal
from ledger.queries import balance
from orders.models import Consignment, ConsignmentLine, Order, Refund
from orders.services import accept_goods, approve_refund, propose_order, request_refund, ship_goods
from tests.races import race
from tests.worlds import credit_trade, key, live_listing, member_actor, shipped, verified_enterprise

pytestmark = pytest.mark.django_db(transaction=True)
PAID = 5_480_000


def outcome(results):
    return sorted({type(r).__name__ for r in results})


def test_p4_eight_acceptances_pay_once():
    for _round in range(3):
        order, buyer, seller, _listing = credit_trade()
        consignment = shipped(order, seller)
        actor = member_actor(buyer)

        results = race([lambda: accept_goods(order.no, consignment.pk, actor=actor, request_key=key()) for _ in range(8)])  # noqa: B023

        assert sum(isinstance(r, Order) for r in results) == 1, results
        assert all(isinstance(r, (Order, IllegalMove)) for r in results), results
        assert balance(seller.pk, CREDIT).minor == PAID


def test_p8_acceptance_and_refund_request_at_once_have_one_winner():
    winners = set()
    for _round in range(6):
        order, buyer, seller, _listing = credit_trade()
        consignment = shipped(order, seller)
        actor = member_actor(buyer)
        accept = lambda: accept_goods(order.no, consignment.pk, actor=actor, request_key=key())  # noqa: B023, E731
        refund = lambda: request_refund(order.no, actor=actor, reason="wet", request_key=key())  # noqa: B023, E731

        results = race([accept, refund, accept, refund])

        order.refresh_from_db()
        opened = Refund.objects.filter(order=order).count()
        assert (order.state, opened) in {("completed", 0), ("shipped", 1)}, results
        assert balance(seller.pk, CREDIT).minor == (PAID if order.state == "completed" else 0)
        winners.add(order.state)
    assert winners  # which of the two wins is chance; that both never do is the promise


def test_p4_refund_approved_eight_times_mirrors_once():
    order, buyer, seller, listing = credit_trade()
    refund = request_refund(order.no, actor=member_actor(buyer), reason="plans changed", request_key=key())
    actor = member_actor(seller)

    results = race([lambda: approve_refund(order.no, refund.pk, actor=actor, request_key=key()) for _ in range(8)])

    assert outcome(results) == ["IllegalMove", "Refund"]
    assert sum(isinstance(r, Refund) for r in results) == 1
    assert (balance(buyer.pk, CREDIT).minor, balance(seller.pk, CREDIT).minor) == (0, 0)
    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved) == (100, 0)


def test_p6_eight_submits_of_one_form_make_one_order():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing, actor, again = live_listing(seller), member_actor(buyer), key()
    from kernel.money import Money
    from orders.rules import LineTerms, TopUp

    line, money = LineTerms(listing.pk, 10, listing.price_minor), TopUp("me", Money(0, CREDIT), Money(1, "CNY"))
    results = race(
        [lambda: propose_order(seller.pk, actor=actor, lines=[line], top_up=money, note="", request_key=again) for _ in range(8)]
    )

    assert {r.pk for r in results} == {Order.objects.get().pk}


def test_p3_two_orders_for_the_last_goods_have_one_winner():
    seller = verified_enterprise()
    listing = live_listing(seller, stock=10)
    from tests.worlds import confirmed, proposed_order

    orders = [proposed_order(verified_enterprise(), seller, get=[(listing, 10)]) for _ in range(6)]

    results = race([lambda o=o: confirmed(o) for o in orders])

    assert sum(isinstance(r, Order) for r in results) == 1, results
    assert {r.code for r in results if isinstance(r, Refusal)} == {"stock_short"}
    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved) == (10, 10)


def test_p3_two_part_shipments_of_the_last_units_send_no_more_than_remains():
    order, _buyer, seller, listing = credit_trade()
    line, actor = order.lines.get(), member_actor(seller)
    values = {"carrier": "sf", "carrier_name": "", "waybill_no": "SF1385628716739"}

    results = race([lambda: ship_goods(order.no, actor=actor, parts={line.pk: 6}, request_key=key(), **values) for _ in range(6)])

    assert sum(isinstance(r, Consignment) for r in results) == 1, results
    assert {r.code for r in results if isinstance(r, Refusal)} == {"part_wrong"}
    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved) == (94, 4)


def test_p8_a_part_shipment_and_a_refund_request_at_once_are_in_one_order_or_the_other():
    order, buyer, seller, listing = credit_trade()
    line, giver, asker = order.lines.get(), member_actor(seller), member_actor(buyer)
    values = {"carrier": "sf", "carrier_name": "", "waybill_no": "SF1385628716739"}
    ship = lambda: ship_goods(order.no, actor=giver, parts={line.pk: 6}, request_key=key(), **values)  # noqa: E731
    ask = lambda: request_refund(order.no, actor=asker, reason="wet", request_key=key())  # noqa: E731

    results = race([ship, ask, ship, ask])

    assert sum(isinstance(r, Refund) for r in results) == 1, results
    sent = sum(isinstance(r, Consignment) for r in results)
    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved) == (100 - 6 * sent, 10 - 6 * sent)


def test_canary_two_naive_part_shipments_are_caught_by_this_harness():
    """Read what remains, think, then send: without the lock more than the goods leave."""
    order, _buyer, _seller, _listing = credit_trade()

    @transaction.atomic
    def naive():
        if ConsignmentLine.objects.get(line__order=order).quantity - 6 >= 0:
            time.sleep(0.05)
            return "sent"
        return "late"

    assert race([naive] * 4).count("sent") * 6 > 10


def test_p6_the_last_part_arrives_while_its_time_runs_out_and_one_of_the_two_wins():
    """Either the order is ready to ship with every part held, or it is cancelled and everything that came goes back."""
    from credit_guarantee.services import confirm_collection
    from kernel.services import deliver_due
    from orders.services import cancel_unpaid
    from tests.orders.test_schedules import bought_in_parts, pays
    from tests.worlds import staff_actor

    seen = set()
    for _round in range(4):
        order, _buyer, _seller = bought_in_parts()
        pays(order, 1)
        pays(order, 2)
        last = order.tenders.get(stage=3)
        finance = staff_actor("credit_guarantee.confirm_custodian")

        def arrives(last=last, finance=finance):
            confirm_collection(last.escrow_id, actor=finance, custodian_reference=f"CB{last.escrow_id}", request_key=key())
            deliver_due()

        race([arrives, lambda o=order, t=last: cancel_unpaid(o.pk, tender_id=t.pk, reason="not paid in time")] * 2)
        deliver_due()

        order.refresh_from_db()
        states = sorted(tender.state for tender in order.tenders.all())
        assert (order.state, states) in [
            ("funded", ["held"] * 3), ("cancelled", ["dropped", "returned", "returned"]), ("cancelled", ["returned"] * 3),
        ], states  # fmt: skip
        seen.add(order.state)
    assert seen


def test_canary_a_naive_acceptance_is_caught_by_this_harness():
    """Read the state, think, then settle: without the lock the harness must see more than one winner (F1)."""
    order, _buyer, seller, _listing = credit_trade()
    shipped(order, seller)

    @transaction.atomic
    def naive():
        if Order.objects.get(pk=order.pk).state == "shipped":
            time.sleep(0.05)
            Order.objects.filter(pk=order.pk).update(state="completed", completed_at=order.created_at)
            return "settled"
        return "late"

    assert race([naive] * 8).count("settled") > 1
