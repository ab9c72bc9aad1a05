"""B11, H25 under races: one quotation is chosen, an offer is accepted or gone, goods that left are not amended away. With canaries."""

import time
from datetime import timedelta

import pytest
from django.db import transaction

from kernel.clock import now, telling
from kernel.refusals import IllegalMove, Refusal
from kernel.services import move
from orders.models import Amendment, Consignment, Negotiation, Order, Rfq
from orders.services import confirm_amendment, end_negotiation, expire_offer, ship_goods
from tests.races import race
from tests.worlds import allow_credit, credit_trade, key, member_actor

from .test_amendments import change, proposes, sound
from .test_negotiations import accepts, asked, quotes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.spec("B11")
def test_p31_two_quotations_accepted_at_once_choose_one():
    for _round in range(3):
        rfq, buyer, sellers = asked(2)
        made = [quotes(*seller) for seller in sellers]

        results = race([lambda row=row: accepts(buyer, row) for row in (*made, *made)])  # noqa: B023

        assert sum(isinstance(result, Order) for result in results) == 1, results
        assert all(isinstance(result, (Order, IllegalMove)) for result in results), results
        assert sorted(Negotiation.objects.filter(rfq=rfq).values_list("state", flat=True)) == ["agreed", "not_chosen"]


@pytest.mark.spec("B11")
def test_acceptance_and_withdrawal_of_an_offer_have_one_winner():
    for _round in range(3):
        _rfq, buyer, sellers = asked(1)
        firm, _listing, thread = sellers[0]
        made, actor = quotes(*sellers[0]), member_actor(firm)
        withdraw = lambda: end_negotiation(thread.no, actor=actor, reason="", request_key=key())  # noqa: B023, E731

        results = race([lambda: accepts(buyer, made), withdraw, lambda: accepts(buyer, made), withdraw])  # noqa: B023

        thread.refresh_from_db()
        made_orders = Order.objects.filter(negotiation=thread).count()
        assert (thread.state, made_orders) in {("agreed", 1), ("withdrawn", 0)}, results


@pytest.mark.spec("B11")
def test_acceptance_and_expiry_have_one_winner_and_late_acceptance_none():
    for _round in range(3):
        _rfq, buyer, sellers = asked(1)
        made = quotes(*sellers[0], days=1)
        thread = sellers[0][2]

        def expire(thread=thread):
            with telling(now() + timedelta(days=2)):
                return expire_offer(thread.pk)

        results = race([lambda: accepts(buyer, made), expire, expire])  # noqa: B023

        thread.refresh_from_db()
        assert (thread.state, Order.objects.filter(negotiation=thread).count()) in {("agreed", 1), ("expired", 0)}, results


@pytest.mark.spec("H25")
def test_p31_amending_and_shipping_at_once_agree_on_what_left():
    seen = set()
    for _round in range(4):
        order, buyer, seller, listing = credit_trade()
        allow_credit(buyer, 20_000_000)
        made, actor = proposes(order, buyer, change(order, quantity=12)), member_actor(seller)
        confirm = lambda: confirm_amendment(order.no, made.pk, actor=actor, terms_hash=made.terms_hash, request_key=key())  # noqa: B023, E731
        ship = lambda: ship_goods(  # noqa: E731
            order.no, actor=actor, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key()  # noqa: B023
        )  # fmt: skip

        results = race([confirm, ship])

        order.refresh_from_db()
        listing.stock.refresh_from_db()
        left = 100 - int(listing.stock.on_hand)
        assert left == order.lines.get().quantity, results  # what left is what the terms in force say
        assert isinstance(results[1], Consignment) and isinstance(results[0], (Amendment, Refusal)), results
        assert sound()
        seen.add(order.version)
    assert seen <= {1, 2}


@pytest.mark.spec("H25", "H31")
def test_p31_a_part_and_an_amendment_below_it_at_once_never_both_stand():
    seen = set()
    for _round in range(4):
        order, buyer, seller, listing = credit_trade()
        made, actor, line = proposes(order, buyer, change(order, quantity=5)), member_actor(seller), order.lines.get()
        confirm = lambda: confirm_amendment(order.no, made.pk, actor=actor, terms_hash=made.terms_hash, request_key=key())  # noqa: B023, E731
        ship = lambda: ship_goods(  # noqa: E731
            order.no, actor=actor, parts={line.pk: 6}, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key()  # noqa: B023
        )  # fmt: skip

        results = race([confirm, ship])

        stood = [isinstance(results[0], Amendment), isinstance(results[1], Consignment)]
        assert sum(stood) == 1 and all(isinstance(r, (Amendment, Consignment, Refusal)) for r in results), results
        listing.stock.refresh_from_db()
        assert (listing.stock.on_hand, listing.stock.reserved) == ((100, 5) if stood[0] else (94, 4)) and sound()
        seen.add(tuple(stood))
    assert seen <= {(True, False), (False, True)}


@pytest.mark.spec("H25")
def test_the_harness_catches_an_amendment_that_looks_at_what_left_without_a_lock():
    """Canary: who reads what has left, thinks and then writes lets both the part and the smaller quantity stand."""
    order, _buyer, _seller, _listing = credit_trade()
    stood = []

    def careless(name):
        with transaction.atomic():
            if not Consignment.objects.filter(order=order).exclude(state="to_ship").exists() and order.version == 1:
                time.sleep(0.2)
                stood.append(name)

    race([lambda: careless("amended"), lambda: careless("shipped")])
    assert len(stood) == 2


@pytest.mark.spec("B11")
def test_the_harness_catches_a_choice_without_a_lock():
    """Canary: the same race over an acceptance that looks before it locks must be seen to choose twice."""
    rfq, _buyer, sellers = asked(2)
    for seller in sellers:
        quotes(*seller)
    chosen = []

    def careless(thread):
        with transaction.atomic():
            if Rfq.objects.get(pk=rfq.pk).state != "open":
                raise IllegalMove("orders.rfq", "chosen", "choose")
            time.sleep(0.3)
            chosen.append(thread.pk)
            row = Rfq.objects.get(pk=rfq.pk)
            row._row_locked = True
            return move(row, "choose", ended_at=now())

    race([lambda seller=seller: careless(seller[2]) for seller in sellers])

    assert len(chosen) == 2
