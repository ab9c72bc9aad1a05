"""Numbers of all carriers, the sandbox carrier on the clock, and the tracking service's query (H30, H31)."""

import hashlib
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from django.urls import reverse

from kernel.clock import now
from kernel.models import Deadline
from orders import rules
from orders.carriers import Kuaidi100, Load, Sandbox
from orders.models import Consignment, TrackingEvent, TrackingWatch
from orders.services import ask_carriers
from tests.races import race
from tests.worlds import credit_trade, key, main_account, shipped

SAMPLES = [
    ("sf", "SF1385628716739"), ("sf", "138562871673"), ("jd", "JDVC04860190300"), ("jd", "JDX024407261700"), ("jd", "JDVC04860190300-1-1-"),
    ("zto", "73610555582883"), ("yto", "YT8962646785389"), ("yunda", "463431409940372"), ("sto", "773277027280336"),
    ("deppon", "DPK202252612836"), ("jt", "JT5261988016578"), ("ems", "1207119765021"), ("ems", "EA123456789CN"),
    ("freight", "KY8800123"), ("bill", "CSQU3054383"), ("bill", "COSU6212345678"), ("bill", "784-12345675"), ("own", "粤A12345"),
    ("own", "粤BD12345"), ("own", "沪A1234挂"), ("other", "X1"),
]  # fmt: skip


@pytest.mark.spec("H30")
@pytest.mark.parametrize("carrier, number", SAMPLES)
def test_a_real_number_of_each_carrier_looks_right(carrier, number):
    assert not rules.waybill_looks_wrong(carrier, number) and not rules.waybill_refusal(number)


@pytest.mark.spec("H30")
@pytest.mark.parametrize("carrier, number", [
    ("sf", "SF13856287167390"), ("jd", "SF1385628716739"), ("zto", "63610555582883"), ("yto", "YT896264678538"), ("bill", "CSQU3054384"),
    ("own", "KY8800123"),
])  # fmt: skip
def test_a_number_of_another_shape_is_only_asked_about(carrier, number):
    assert rules.waybill_looks_wrong(carrier, number) and not rules.waybill_refusal(number)


@pytest.mark.spec("H30")
@pytest.mark.django_db
def test_every_carrier_can_be_chosen_and_an_unusual_number_goes_with_a_tick(client):
    order, _buyer, seller, _listing = credit_trade()
    client.force_login(main_account(seller))
    address = reverse("orders:shipment", args=[order.no])

    page = client.get(address).content.decode()
    odd = {"carrier": "bill", "carrier_name": "COSCO", "waybill_no": "CSQU3054384", "request_key": key()}
    asked, done = client.post(address, odd), client.post(address, {**odd, "unusual": "on", "request_key": key()})

    assert all(f'value="{code}"' in page for code in rules.CARRIERS)
    assert (asked.status_code, done.status_code) == (422, 302)
    assert Consignment.objects.get(order=order).waybill_no == "CSQU3054384"


LOAD = Load("sf", "SF1385628716739", now(), origin="广东", destination="上海")


@pytest.mark.spec("H31")
def test_the_sandbox_plays_the_same_route_however_often_it_is_asked(settings):
    route = Sandbox().route(LOAD)

    assert [step.kind for step in route] == ["picked_up", *["in_transit"] * 6, "out_for_delivery", "signed"]
    assert route == Sandbox().route(LOAD) and route == sorted(route, key=lambda step: step.happened_at)
    assert timedelta(hours=29, minutes=59) <= route[-1].happened_at - LOAD.left_at <= timedelta(hours=76)
    half = Sandbox().ask(LOAD, route[4].happened_at)
    assert half.steps == tuple(route[:5]) and half.again_at == route[5].happened_at
    assert Sandbox().ask(LOAD, route[-1].happened_at).again_at is None


@pytest.mark.spec("H31")
@pytest.mark.django_db
def test_a_load_is_followed_on_the_clock_to_the_signature_which_accepts_nothing(settings, monkeypatch):
    settings.TRACKING_FEED = "sandbox"
    order, _buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    begin, seen = goods.shipped_at, []

    for hours in range(0, 80, 4):
        _set_clock(monkeypatch, begin + timedelta(hours=hours))
        ask_carriers()
        seen.append(goods.events.count())

    goods.refresh_from_db()
    order.refresh_from_db()
    assert seen[0] == 0 and seen == sorted(seen) and seen[-1] == 9 and len(set(seen)) > 4
    assert {e.source for e in goods.events.all()} == {"sandbox"} and TrackingWatch.objects.get().ended_at
    assert goods.signed_at and (goods.state, order.state) == ("shipped", "shipped")
    assert Deadline.objects.filter(policy="orders.inspect", subject_id=str(goods.pk), subject_type="orders.consignment").count() == 1


def _set_clock(monkeypatch, moment):
    for module in ("orders.services.feeds", "orders.services.shipping", "kernel.services.deadlines", "kernel.services.facts"):
        monkeypatch.setattr(f"{module}.now", lambda: moment)


@pytest.mark.django_db
def test_nobody_is_asked_while_no_feed_is_set(settings):
    settings.TRACKING_FEED = ""
    order, _buyer, seller, _listing = credit_trade()
    shipped(order, seller)

    assert (ask_carriers(), TrackingWatch.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_feed_that_fails_is_asked_again_later_and_at_last_no_more(settings, monkeypatch):
    settings.TRACKING_FEED = "sandbox"
    order, _buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    monkeypatch.setattr(Sandbox, "ask", lambda self, load, at: 1 / 0)

    for days in range(1, 30):
        ask_carriers()
        assert ask_carriers() == 0  # not at once
        watch = TrackingWatch.objects.get()
        if watch.ended_at:
            break
        _set_clock(monkeypatch, goods.shipped_at + timedelta(days=days))

    assert (watch.tries, days, goods.events.count()) == (12, 12, 0)


@pytest.mark.django_db(transaction=True)
def test_several_workers_ask_about_each_load_once(settings, monkeypatch):
    settings.TRACKING_FEED = "sandbox"
    order, _buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    Consignment.objects.filter(pk=goods.pk).update(shipped_at=now() - timedelta(days=3, hours=12))

    results = race([ask_carriers] * 6)

    assert sorted(results) == [0] * 5 + [1], results
    assert TrackingEvent.objects.count() == 9


@pytest.mark.spec("H31")
def test_the_services_query_is_signed_as_published_and_read_into_our_words():
    asked = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            rows = [{"ftime": "2026-11-20 10:00:00", "areaName": "上海,上海市", "context": "x", "statusCode": "301"}]
            body = json.dumps({"message": "ok", "nu": "x", "state": "3", "data": rows}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        feed = Kuaidi100("CUSTOMER", "key", f"http://127.0.0.1:{server.server_port}/")
        answer = feed.ask(Load("sf", "SF1385628716739", now(), phone_tail="8000"), now())
    finally:
        server.shutdown()

    form = {name: values[0] for name, values in asked[0].items()}
    expected = '{"com":"shunfeng","num":"SF1385628716739","phone":"8000","from":"","to":"","resultv2":"4","show":"0","order":"desc"}'
    assert form["param"] == expected and form["customer"] == "CUSTOMER"
    assert form["sign"] == hashlib.md5((expected + "key" + "CUSTOMER").encode()).hexdigest().upper()
    assert ([step.kind for step in answer.steps], answer.again_at) == (["signed"], None)
    assert '"phone":""' in feed.form(Load("jd", "JDX024407261700", now(), phone_tail="8000"))["param"]


@pytest.mark.spec("H31")
@pytest.mark.django_db
def test_the_order_page_says_who_told_of_each_step_and_that_a_signature_is_no_acceptance(client):
    from kernel.timer import CARRIER
    from orders.services import hear_steps
    from orders.tracking import Step

    order, buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    hear_steps(
        goods.pk, [Step("in_transit", now() - timedelta(hours=2), "武汉"), Step("signed", now(), "上海")], source="carrier", actor=CARRIER
    )
    pages = {}
    for firm in (buyer, seller):
        client.force_login(main_account(firm))
        client.cookies["django_language"] = "en"
        pages[firm.pk] = client.get(reverse("orders:detail", args=[order.no])).content.decode()

    assert all("· carrier" in page and "In transit" in page for page in pages.values())
    assert "not your acceptance" in pages[buyer.pk] and reverse("orders:acceptance", args=[order.no, goods.pk]) in pages[buyer.pk]
    assert "acceptance: held money" in pages[seller.pk]


def test_a_deployment_is_told_of_a_simulated_carrier_and_of_missing_keys(settings):
    from orders.checks import tracking_is_real

    def found(**values):
        for name, value in {"TRACKING_FEED": "", "TRACKING_CUSTOMER": "", "TRACKING_KEY": "", "TRACKING_PUSH_SALT": "", **values}.items():
            setattr(settings, name, value)
        return [error.id for error in tracking_is_real(None)]

    assert found() == [] and found(TRACKING_FEED="kuaidi100", TRACKING_CUSTOMER="c", TRACKING_KEY="k", TRACKING_PUSH_SALT="x" * 16) == []
    assert found(TRACKING_FEED="sandbox") == ["orders.E001"] and found(TRACKING_FEED="dhl") == ["orders.E002"]
    assert found(TRACKING_FEED="kuaidi100", TRACKING_PUSH_SALT="short") == ["orders.E003", "orders.E004"]
