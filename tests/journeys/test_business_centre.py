"""The business centre: figures that are true, work in the order of its deadlines, and nothing of other firms."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.facts import PaperViewed
from accounts.permissions import GRID
from accounts.services import grant_privilege
from catalog.services import ask_reservation, set_threshold
from kernel.clock import now
from kernel.services import record
from kernel.timer import COMMAND
from orders.models import Order
from tests.worlds import (
    allow_credit,
    credit_trade,
    key,
    live_listing,
    main_account,
    member_actor,
    person,
    proposed_order,
    shipped,
    staff_actor,
    sub_account,
    verified_enterprise,
)

from .browsing import office_of, signed_in

pytestmark = pytest.mark.django_db


def test_a_newcomer_sees_three_steps_and_no_figures():
    page = signed_in(person()).get(reverse("dashboard"))
    assert page.status_code == 200
    assert [task["done"] for task in page.context["tasks"]] == [False, False, False]
    assert page.context["company"] is None and "kpis" not in page.context


def test_figures_and_work_are_those_of_the_ledger_and_the_orders():
    order, buyer, seller, _listing = credit_trade()
    for firm, credit, waiting in [(buyer, "Credit −54,800", []), (seller, "Credit 0", [order.no])]:
        page = office_of(firm).get(reverse("dashboard"))
        assert credit in re.sub(r"<[^>]+>", "", page.content.decode()).replace("\xa0", " ")
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
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("dashboard"))
    for _ in range(5):
        proposed_order(buyer, seller, get=[(listing, 10)])
    with django_assert_max_num_queries(15) as many:
        client.get(reverse("dashboard"))
    assert Order.objects.count() == 6 and len(many) <= len(few)


def test_a_colleague_who_may_do_everything_costs_no_more(django_assert_max_num_queries):
    order, buyer, _seller, _listing = credit_trade()
    client = signed_in(sub_account(buyer, *GRID))
    client.get(reverse("dashboard"))

    with django_assert_max_num_queries(15):
        page = client.get(reverse("dashboard"))

    assert [row["order"].no for row in page.context["rows"]] == [order.no]
    assert page.context["activity"] != []


def test_team_activity_is_what_own_people_did_and_not_the_staff():
    _order, _buyer, seller, _listing = credit_trade()
    reviewer = staff_actor("accounts.view_qualificationdocument")
    record(PaperViewed(enterprise_id=seller.pk, paper_id=1, kind="licence"), actor=reviewer, subject=seller, chains=[seller.chain])

    acts = [entry["text"] for entry in office_of(seller).get(reverse("dashboard")).context["activity"]]

    assert acts and all(text.startswith(str(main_account(seller))) for text in acts)
    assert not any("proposed" in text or "opened" in text for text in acts)  # the buyer's and the reviewer's acts are in the log


def test_money_names_the_limit_and_what_is_held_for_the_firm():
    _order, _buyer, seller, _listing = credit_trade()

    notes = {kpi["label"]: kpi["note"] for kpi in office_of(seller).get(reverse("dashboard")).context["kpis"]}

    assert "54,800.00" in notes["Held for your orders"], notes
    assert notes["Barter credit"].replace("\xa0", " ").endswith("a limit of Credit 0.00"), notes


def test_visitors_cost_the_frame_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get(reverse("account_login") + "?x=1", headers={"accept": "text/html"})


def test_goods_that_run_low_and_buyers_who_ask_are_work_of_whoever_keeps_the_stock():
    seller, buyer = verified_enterprise(), verified_enterprise()
    grant_privilege(buyer.pk, actor=COMMAND, reason="VIP", request_key=key())
    low, other = live_listing(seller, stock=20), live_listing(seller, stock=50)
    set_threshold(low.no, actor=member_actor(seller), low_at=Decimal(30), request_key=key())
    ask_reservation(other.no, actor=member_actor(buyer), quantity=Decimal(5), until=now() + timedelta(days=2), request_key=key())

    todos = office_of(seller).get(reverse("dashboard")).context["todos"]
    assert [(todo["title"], todo["url"]) for todo in todos] == [
        ("1 buyer asks you to keep goods", reverse("catalog:reservations")),
        ("1 of your goods runs low", reverse("catalog:stock") + "?show=low"),
    ]
    keeper = signed_in(sub_account(seller, "manage_stock"))
    assert len(keeper.get(reverse("dashboard")).context["todos"]) == 2
    assert low.title_en in keeper.get(todos[1]["url"]).text and other.no not in keeper.get(todos[1]["url"]).text
    assert signed_in(sub_account(seller, "manage_products")).get(reverse("dashboard")).context["todos"] == []
    assert office_of(buyer).get(reverse("dashboard")).context["todos"] == []
