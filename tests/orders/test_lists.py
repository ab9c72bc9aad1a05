"""The lists of orders: tabs by whose move it is, counted; search, days and part; what they cost; the download."""

from datetime import timedelta

import pytest
from django.urls import reverse

from disputes.services import open_complaint
from kernel.clock import now
from kernel.services import deliver_due
from kernel.workdays import SHANGHAI
from orders import queries
from orders.models import Consignment, Order
from orders.queries import desk
from orders.services import decline_order, request_refund
from tests.orders.test_pages import a_proposal, browser
from tests.worlds import accepted, credit_trade, key, live_listing, member_actor, proposed_order, shipped, verified_enterprise

pytestmark = pytest.mark.django_db


def numbers(firm, **asked) -> list[str]:
    page = browser(firm).get(reverse("orders:list"), asked)
    assert page.status_code == 200
    return [row["order"].no for row in page.context["rows"]]


def worlds() -> list[Order]:
    """An order of every kind of next step."""
    declined, _b, seller = a_proposal()
    decline_order(declined.no, actor=member_actor(seller), reason="no", request_key=key())
    under_way, _b, giver, _l = credit_trade()
    shipped(under_way, giver)
    done, receiver, giver, _l = credit_trade()
    shipped(done, giver)
    accepted(done, receiver)
    refunding, asker, _s, _l = credit_trade()
    request_refund(refunding.no, actor=member_actor(asker), reason="late", request_key=key())
    sent_back, _b, giver, _l = credit_trade()
    shipped(sent_back, giver)
    request_refund(sent_back.no, actor=member_actor(giver), reason="wrong goods", request_key=key())
    return [a_proposal()[0], declined, under_way, done, refunding, sent_back, credit_trade()[0]]


@pytest.mark.spec("H24", thin=True)
def test_the_tabs_hold_what_the_next_step_of_the_page_says():
    for made in worlds():
        order = Order.objects.get(pk=made.pk)
        for me in order.parties:
            mine = desk.next_step(order, me, queries.clocks_of([order])).mine
            waits = queries.waiting_for(me).filter(pk=order.pk).exists()
            assert mine == waits, (order.state, me == order.proposer_id)


def test_the_tabs_are_counted_under_the_search():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    orders = [proposed_order(buyer, seller, get=[(listing, 10)]) for _ in range(3)]
    decline_order(orders[0].no, actor=member_actor(seller), reason="no", request_key=key())
    counted = {tab["label"]: tab["n"] for tab in browser(seller).get(reverse("orders:list")).context["tabs"]}
    assert list(counted.values()) == ["2", "", "", "1", ""]
    found = browser(buyer).get(reverse("orders:list"), {"q": orders[1].no}).context["tabs"]
    assert [tab["n"] for tab in found] == ["", "1", "", "", ""]


def test_an_open_complaint_puts_an_order_into_dispute():
    order, buyer, seller, _l = credit_trade()
    assert numbers(buyer, tab="disputed") == []
    open_complaint(
        order.no, actor=member_actor(buyer), complaint_class="quality", statement="wet through", request_key=key()
    )  # fmt: skip
    for firm in (buyer, seller):
        assert numbers(firm, tab="disputed") == [order.no]
    assert numbers(verified_enterprise(), tab="disputed") == []


def test_a_list_is_searched_by_waybill_and_a_part_of_the_number():
    order, buyer, seller, _l = credit_trade()
    shipped(order, seller)
    waybill = Consignment.objects.get(order=order, giver=seller).waybill_no
    assert waybill and numbers(buyer, q=waybill) == numbers(buyer, q=order.no[-8:]) == [order.no]
    assert numbers(buyer, q="nothing-of-it") == []


def test_a_list_is_narrowed_by_days_and_by_our_part():
    order, buyer, seller = a_proposal()
    today = now().astimezone(SHANGHAI).date()
    assert numbers(buyer, since=today, until=today) == [order.no]
    assert numbers(buyer, since=today + timedelta(days=1)) == numbers(buyer, until=today - timedelta(days=1)) == []
    for role, parts in {"proposed": (buyer,), "received": (seller,), "gives": (seller,), "gets": (buyer,)}.items():
        for firm in (buyer, seller):
            assert (numbers(firm, role=role) == [order.no]) == (firm in parts), role


def test_a_day_that_is_none_is_named_and_nothing_typed_is_lost():
    _order, buyer, _seller = a_proposal()
    page = browser(buyer).get(reverse("orders:list"), {"since": "2026-13-45", "q": "paper", "until": "x" * 300, "role": "king"})
    assert page.status_code == 200 and page.context["form"].errors.keys() == {"since", "until", "role"}
    assert "2026-13-45" in page.content.decode() and 'value="paper"' in page.content.decode()
    turned = browser(buyer).get(reverse("orders:list"), {"since": "2026-11-28", "until": "2026-11-01"})
    assert turned.context["form"].errors.keys() == {"until"}


def test_the_download_says_what_the_list_was_narrowed_to_and_whose_move_it_is():
    order, buyer, seller, _l = credit_trade()
    shipped(order, seller)
    waybill = Consignment.objects.get(order=order, giver=seller).waybill_no
    text = browser(buyer).get(reverse("orders:export"), {"q": waybill}).content.decode()
    assert order.no in text and waybill in text and "Receive and inspect the goods" in text
    assert order.no not in browser(buyer).get(reverse("orders:export"), {"q": "other"}).content.decode()
    deliver_due()
