"""Several shipments under one order: what leaves now, what remains, and the last acceptance that completes (H31)."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from catalog.models import StockMovement, StockReservation
from kernel.models import Deadline
from kernel.money import CREDIT
from kernel.refusals import NotFound, Refusal
from ledger.queries import balance
from orders import audits
from orders.models import ConsignmentLine
from orders.services import accept_goods, approve_refund, request_refund, ship_goods
from tests.worlds import credit_trade, key, main_account, member_actor, shipped, verified_enterprise

pytestmark = pytest.mark.django_db
PRICE = 5_480_000


def part(order, seller, many, waybill="SF1385628716739", **more):
    line = order.lines.get()
    values = {"carrier": "sf", "carrier_name": "", "waybill_no": waybill, "request_key": key(), **more}
    return ship_goods(order.no, actor=member_actor(seller), parts={line.pk: many}, **values)


@pytest.mark.spec("H31")
def test_a_part_leaves_and_the_rest_follows_and_the_last_acceptance_pays():
    order, buyer, seller, listing = credit_trade()
    first = part(order, seller, 4)
    listing.stock.refresh_from_db()
    order.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved, order.state) == (96, 6, "shipped")
    assert sorted(ConsignmentLine.objects.values_list("consignment__state", "quantity")) == [("shipped", 4), ("to_ship", 6)]
    assert list(audits.stock()) == []

    accept_goods(order.no, first.pk, actor=member_actor(buyer), request_key=key())
    order.refresh_from_db()
    assert (order.state, balance(seller.pk, CREDIT).minor) == ("shipped", 0)

    second = part(order, seller, 6, "SF1385628716740")
    accept_goods(order.no, second.pk, actor=member_actor(buyer), request_key=key())
    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.state, balance(seller.pk, CREDIT).minor) == ("completed", PRICE)
    assert (listing.stock.on_hand, listing.stock.reserved) == (90, 0)
    assert sorted(StockMovement.objects.filter(kind="ship").values_list("quantity", flat=True)) == [-6, -4]
    assert not StockReservation.objects.filter(state="held").exists() and list(audits.stock()) == [] == list(audits.consignments())
    call_command("verify_ledger", stdout=StringIO())  # raises when a check fails


@pytest.mark.spec("H31", thin=True)
@pytest.mark.parametrize(("many", "code"), [(0, "part_wrong"), (-1, "part_wrong"), (11, "part_wrong")])
def test_nothing_and_more_than_remains_do_not_leave(many, code):
    order, _buyer, seller, listing = credit_trade()

    with pytest.raises(Refusal) as refusal:
        part(order, seller, many)

    listing.stock.refresh_from_db()
    assert (refusal.value.code, listing.stock.on_hand, order.consignments.get().state) == (code, 100, "to_ship")


def test_goods_of_another_order_and_a_stranger_ship_nothing():
    order, _buyer, seller, _listing = credit_trade()
    other, *_rest = credit_trade()

    with pytest.raises(Refusal):
        ship_goods(
            order.no, actor=member_actor(seller), parts={other.lines.get().pk: 1}, carrier="sf", carrier_name="",
            waybill_no="SF1385628716739", request_key=key(),
        )  # fmt: skip
    with pytest.raises(NotFound):
        part(order, verified_enterprise(), 1)


def test_when_all_has_left_nothing_more_is_shipped():
    order, _buyer, seller, _listing = credit_trade()
    part(order, seller, 10)

    with pytest.raises(Refusal) as refusal:
        part(order, seller, 1)

    assert refusal.value.code == "nothing_to_ship"


def test_p6_a_part_sent_twice_leaves_once():
    order, _buyer, seller, listing = credit_trade()
    once = key()

    first, again = (part(order, seller, 4, request_key=once) for _time in range(2))

    listing.stock.refresh_from_db()
    assert (first.pk, listing.stock.on_hand) == (again.pk, 96)


@pytest.mark.spec("H34", thin=True)
def test_an_undone_order_brings_back_what_left_and_frees_what_did_not():
    order, buyer, seller, listing = credit_trade()
    first = part(order, seller, 4)
    refund = request_refund(order.no, actor=member_actor(buyer), reason="too late", request_key=key())

    approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key(), fates={first.pk: "given_up"})

    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved, balance(buyer.pk, CREDIT).minor) == (96, 0, 0)
    call_command("verify_ledger", stdout=StringIO())  # raises when a check fails


def test_the_clock_of_shipping_goes_with_the_rest_and_is_not_wound_up():
    order, _buyer, seller, _listing = credit_trade()
    clock = Deadline.objects.get(policy="orders.ship")
    part(order, seller, 1)

    kept = Deadline.objects.get(policy="orders.ship")
    rest = order.consignments.get(state="to_ship")
    assert (kept.pk, kept.due_at, kept.subject_id, kept.met_at) == (clock.pk, clock.due_at, str(rest.pk), None)
    shipped(order, seller)
    kept.refresh_from_db()
    assert kept.met_at is not None


def test_the_database_keeps_the_sum_of_the_parts():
    order, _buyer, seller, _listing = credit_trade()
    part(order, seller, 4)

    with pytest.raises(IntegrityError), transaction.atomic():
        ConsignmentLine.objects.filter(consignment__state="to_ship").update(quantity=7)
        connection.check_constraints()


@pytest.mark.spec("H31")
def test_two_shipments_over_the_pages_tracked_and_accepted():
    order, buyer, seller, _listing = credit_trade()
    giving, getting = Client(), Client()
    for client, firm in ((giving, seller), (getting, buyer)):
        client.force_login(main_account(firm), backend="allauth.account.auth_backends.AuthenticationBackend")
        client.cookies["django_language"] = "en"
    line, url = order.lines.get(), reverse("orders:shipment", args=[order.no])

    def send(many, waybill):
        token = re.search(r'name="request_key" value="([^"]+)"', giving.get(url).content.decode()).group(1)
        return giving.post(url, {"request_key": token, "carrier": "sf", "waybill_no": waybill, f"part_{line.pk}": many})

    too_much, nothing = send("11", "SF1385628716739"), send("0", "SF1385628716739")
    assert (too_much.status_code, nothing.status_code) == (422, 422)
    assert "SF1385628716739" in too_much.content.decode() and "how much leaves now" in nothing.content.decode()
    assert send("4", "SF1385628716739").status_code == 302
    page = getting.get(reverse("orders:detail", args=[order.no])).content.decode()
    assert "Remains to be shipped" in page and "× 6 t" in page and "× 4 t" in page
    assert send("6", "SF1385628716740").status_code == 302
    for goods in order.consignments.order_by("pk"):
        act = reverse("orders:acceptance", args=[order.no, goods.pk])
        token = re.search(r'name="request_key" value="([^"]+)"', getting.get(act).content.decode()).group(1)
        assert getting.post(act, {"request_key": token}).status_code == 302
    order.refresh_from_db()
    assert order.state == "completed"
