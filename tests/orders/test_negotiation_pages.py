"""Pages of bargaining: foreign ids, few queries whatever the rows, states in words, limits of sub-accounts, sights, the back office."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from accounts.services import set_limit
from kernel.registries import CLOSING_BLOCKERS, EXPORT_PARTS
from kernel.services import deliver_due
from orders.models import Negotiation
from orders.queries import negotiations_page
from orders.services import accept_offer, confirm_order, end_negotiation, make_offer
from tests.journeys.browsing import office_of, signed_in
from tests.worlds import credit_trade, key, member_actor, staff_user, sub_account, verified_enterprise

from .test_amendments import change, confirms, proposes, refusal_of
from .test_negotiations import accepts, asked, offer, quotes

pytestmark = pytest.mark.django_db


def cost(client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len([query for query in found if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.spec("B11")
def test_pages_cost_at_most_fifteen_queries_whatever_the_rows():
    rfq, buyer, sellers = asked(3)
    for seller in sellers:
        quotes(*seller)
    thread = sellers[0][2]
    for n in range(1, 6):
        side, payer = (buyer, "me") if n % 2 else (sellers[0][0], "them")
        made = offer(sellers[0][1], 548_000 - n * 1000, payer=payer)
        make_offer(thread.no, actor=member_actor(side), offer=made, seen_round=n, request_key=key())
    client = office_of(buyer)
    pages = {
        "list": reverse("orders:negotiations") + "?tab=all", "requests": reverse("orders:rfqs"),
        "new": reverse("orders:rfq_new") + f"?goods={sellers[0][1].no}&goods={sellers[1][1].no}",
        "request": reverse("orders:rfq", args=[rfq.no]),
        "thread": reverse("orders:negotiation", args=[thread.no]), "offer": reverse("orders:offer", args=[thread.no]),
    }  # fmt: skip
    found = {name: cost(client, url) for name, url in pages.items()}
    assert max(found.values()) <= 15, found


@pytest.mark.spec("H25")
def test_versions_and_amendments_cost_at_most_fifteen_queries():
    order, buyer, seller, _listing = credit_trade()
    for quantity in (9, 8, 7):
        confirms(proposes(order, buyer, change(order, quantity=quantity)), seller)
        order.refresh_from_db()
    made = proposes(order, buyer, change(order, quantity=6))
    client = office_of(seller)
    pages = {
        "versions": reverse("orders:versions", args=[order.no]), "amendment": reverse("orders:amendment", args=[order.no, made.pk]),
        "new": reverse("orders:amendment_new", args=[order.no]), "order": reverse("orders:detail", args=[order.no]),
    }  # fmt: skip
    found = {name: cost(client, url) for name, url in pages.items()}
    assert found.pop("order") <= 20 and max(found.values()) <= 15, found


@pytest.mark.spec("B11", "H25")
def test_p11_foreign_numbers_are_not_found_on_any_page():
    rfq, _buyer, sellers = asked(2)
    quotes(*sellers[0])
    order, owner, _seller, _listing = credit_trade()
    made = proposes(order, owner, change(order, quantity=9))
    thread = sellers[0][2].no
    stranger, other = office_of(verified_enterprise()), office_of(sellers[1][0])
    names = ("negotiation", "offer", "offer_acceptance", "negotiation_end")
    threads = [reverse(f"orders:{name}", args=[thread]) for name in names]
    requests = [reverse(f"orders:{name}", args=[rfq.no]) for name in ("rfq", "rfq_withdrawal")]
    changes = [reverse(f"orders:{name}", args=[order.no]) for name in ("versions", "amendment_new", "counter")]
    changes += [reverse(f"orders:{name}", args=[order.no, made.pk]) for name in ("amendment", "amendment_end")]
    for client in (stranger, other):
        for url in [*threads, *requests, *changes]:
            assert (client.get(url).status_code, client.post(url, {"request_key": key()}).status_code) == (404, 404), url


@pytest.mark.spec("B11")
def test_a_number_of_another_order_does_not_open_an_amendment():
    order, buyer, seller, _listing = credit_trade()
    other, _buyer, _seller, _goods = credit_trade()
    made = proposes(order, buyer, change(order, quantity=9))
    assert office_of(seller).get(reverse("orders:amendment", args=[other.no, made.pk])).status_code == 404


@pytest.mark.spec("B11")
def test_tabs_hold_what_is_mine_theirs_and_ended():
    _rfq, buyer, sellers = asked(3)
    quotes(*sellers[0])
    end_negotiation(sellers[1][2].no, actor=member_actor(sellers[1][0]), reason="排产已满", request_key=key())
    count = {tab: len(negotiations_page(member_actor(buyer), tab=tab).rows) for tab in ("mine", "theirs", "ended", "all")}
    assert count == {"mine": 1, "theirs": 1, "ended": 1, "all": 3}
    page = office_of(buyer).get(reverse("orders:negotiation", args=[sellers[1][2].no])).content.decode()
    assert "排产已满" in page and "Nothing is owed by anybody" in page
    for tab in ("mine", "theirs", "ended", "all"):
        assert office_of(verified_enterprise()).get(reverse("orders:negotiations") + f"?tab={tab}").status_code == 200


@pytest.mark.spec("B10", "B11")
def test_limits_hold_when_offering_confirming_and_amending():
    _rfq, buyer, sellers = asked(1)
    firm, listing, thread = sellers[0]
    user = sub_account(firm, "trade")
    place = Membership.objects.get(user=user)
    set_limit(place.pk, per_order_minor=1_000_000, per_period_minor=None, period="day", actor=member_actor(firm), request_key=key())
    clerk = member_actor(firm, user)
    quote = lambda: make_offer(thread.no, actor=clerk, offer=offer(listing, 548_000), seen_round=0, request_key=key())  # noqa: E731
    assert refusal_of(quote) == "approval_needed"
    assert signed_in(user).get(reverse("orders:offer", args=[thread.no])).status_code == 200
    made = quotes(firm, listing, thread)
    counter = make_offer(
        thread.no, actor=member_actor(buyer), offer=offer(listing, 540_000, payer="me"), seen_round=made.number, request_key=key()
    )  # fmt: skip
    order = accept_offer(thread.no, actor=clerk, number=2, terms_hash=counter.terms_hash, request_key=key())
    confirm = lambda actor: confirm_order(order.no, actor=actor, terms_hash=order.terms_hash, request_key=key())  # noqa: E731
    assert refusal_of(lambda: confirm(clerk)) == "approval_needed"
    agreed = confirm(member_actor(firm))
    more = change(agreed, quantity=21, payer="them")
    assert refusal_of(lambda: proposes_as(agreed, clerk, more)) == "approval_needed"


def proposes_as(order, actor, wanted):
    from orders.services import propose_amendment

    return propose_amendment(order.no, actor=actor, change=wanted, seen_hash=order.terms_hash, request_key=key())


@pytest.mark.spec("H16", "B11")
def test_a_narrowed_person_sees_the_bargaining_of_its_own_hand_only():
    _rfq, _buyer, sellers = asked(1)
    firm, _listing, thread = sellers[0]
    user = sub_account(firm, "trade")
    Membership.objects.filter(user=user).update(only_granted_orders=True)
    url = reverse("orders:negotiation", args=[thread.no])
    assert signed_in(user).get(url).status_code == 404
    assert office_of(firm).get(url).status_code == 200


@pytest.mark.spec("B11")
def test_staff_read_negotiations_and_change_nothing():
    rfq, buyer, sellers = asked(2)
    made = quotes(*sellers[0])
    accepts(buyer, made)
    staff = signed_in(staff_user("orders.view_negotiation", "orders.view_rfq", "orders.view_amendment", "orders.view_order"))
    thread = Negotiation.objects.get(pk=made.negotiation_id)
    page = staff.get(reverse("admin:orders_negotiation_change", args=[thread.pk]))
    assert page.status_code == 200 and "5,480" in page.content.decode()
    assert staff.get(reverse("admin:orders_rfq_change", args=[rfq.pk])).status_code == 200
    for model in ("negotiation", "rfq", "amendment"):
        assert staff.get(reverse(f"admin:orders_{model}_changelist")).status_code == 200
        assert staff.get(reverse(f"admin:orders_{model}_add")).status_code == 403


@pytest.mark.spec("H22", "B11", thin=True)
def test_an_open_negotiation_blocks_a_closure_and_belongs_in_an_export():
    _rfq, buyer, sellers = asked(1)
    quotes(*sellers[0])
    deliver_due()
    assert len(list(CLOSING_BLOCKERS["orders.6_negotiations"](buyer.pk))) == 1
    assert len(list(EXPORT_PARTS["offers"](buyer.pk))) == 1 and len(list(EXPORT_PARTS["quotation_requests"](buyer.pk))) == 1
    assert not list(EXPORT_PARTS["quotation_requests"](sellers[0][0].pk))
