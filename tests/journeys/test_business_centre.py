"""The business centre: figures that are true, work in the order of its deadlines, and nothing of other firms."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from tests.worlds import allow_credit, credit_trade, live_listing, person, proposed_order, shipped, sub_account, verified_enterprise

from .browsing import office_of, signed_in

pytestmark = pytest.mark.django_db


def test_a_newcomer_sees_three_steps_and_no_figures():
    page = signed_in(person()).get(reverse("dashboard"))
    assert page.status_code == 200
    assert [task["done"] for task in page.context["tasks"]] == [False, False, False]
    assert page.context["company"] is None and "kpis" not in page.context


def test_figures_and_work_are_those_of_the_ledger_and_the_orders():
    order, buyer, seller, _listing = credit_trade()
    for firm, credit, waiting in [(buyer, "−Credit", []), (seller, "Credit", [order.no])]:
        page = office_of(firm).get(reverse("dashboard"))
        assert credit in page.content.decode().replace('<span class="cur">', "")
        assert [todo["url"].split("/")[-2] for todo in page.context["todos"]] == waiting
        assert [row["order"].no for row in page.context["rows"]] == [order.no]
    assert order.no not in office_of(verified_enterprise()).get(reverse("dashboard")).content.decode()


def test_work_with_the_nearest_deadline_comes_first():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    allow_credit(seller, 10**9)
    answer = proposed_order(seller, buyer, get=[(live_listing(buyer), 10)])
    page = office_of(buyer).get(reverse("dashboard"))
    assert [todo["url"] for todo in page.context["todos"]] == [reverse("orders:detail", args=[no]) for no in (answer.no, order.no)]


def test_a_sub_account_sees_no_balance_and_no_orders_without_the_boxes():
    order, buyer, _seller, _listing = credit_trade()
    page = signed_in(sub_account(buyer, "chat")).get(reverse("dashboard"))
    assert [kpi["label"] for kpi in page.context["kpis"]] == ["Unread notices"]
    assert order.no not in page.content.decode()


def test_the_page_costs_the_same_however_many_orders(django_assert_max_num_queries):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing, client = live_listing(seller, stock=1000), office_of(buyer)
    proposed_order(buyer, seller, get=[(listing, 10)])
    client.get(reverse("dashboard"))
    with django_assert_max_num_queries(28) as few:
        client.get(reverse("dashboard"))
    for _ in range(5):
        proposed_order(buyer, seller, get=[(listing, 10)])
    with django_assert_max_num_queries(28) as many:
        client.get(reverse("dashboard"))
    assert Order.objects.count() == 6 and len(many) <= len(few)


def test_visitors_cost_the_frame_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get(reverse("account_login") + "?x=1", headers={"accept": "text/html"})
