"""News of carriers: a signed push in the tracking service's shape, in any order, twice, forged, hostile (H31)."""

import itertools
import json
import random
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as quickly
from hypothesis import strategies as st

from kernel.clock import now
from kernel.models import Deadline, Fact
from kernel.timer import CARRIER
from kernel.workdays import SHANGHAI
from orders import tracking
from orders.models import TrackingEvent
from orders.services import hear_steps, note_tracking, request_refund
from tests.races import race
from tests.worlds import credit_trade, key, member_actor, shipped

pytestmark = pytest.mark.django_db
SALT, NUMBER = "agreed-salt", "SF1385628716739"


@pytest.fixture(autouse=True)
def _door(settings):
    settings.TRACKING_PUSH_SALT = SALT


def stamp(**ago) -> str:
    return timezone.localtime(now() - timedelta(**ago), SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def later(**after) -> str:
    return timezone.localtime(now() + timedelta(**after), SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def param_of(rows, *, com="shunfeng", nu=NUMBER, state="0", status="polling") -> str:
    return json.dumps({"status": status, "lastResult": {"com": com, "nu": nu, "state": state, "data": rows}}, ensure_ascii=False)


def push(client, rows, *, sign=None, **more):
    param = param_of(rows, **more)
    return post(client, {"param": param, "sign": tracking.signature(param, SALT) if sign is None else sign})


def post(client, form):
    from urllib.parse import urlencode

    return client.post(reverse("orders:tracking_push"), urlencode(form), content_type="application/x-www-form-urlencoded")


def row(at, code, place="广东,深圳市"):
    return {"time": at, "ftime": at, "context": "【深圳】快递员 13800138000 正在派送", "areaName": place, "statusCode": code}


def on_the_way():
    order, buyer, seller, _listing = credit_trade()
    return order, buyer, seller, shipped(order, seller)


@pytest.mark.spec("H31")
def test_a_signed_push_is_kept_in_our_own_words_and_answered_as_the_service_expects(client):
    _order, _buyer, _seller, goods = on_the_way()

    answer = push(client, [row(stamp(hours=1), "1002", "湖北,武汉市"), row(stamp(hours=5), "103")])

    assert (answer.status_code, answer.json()) == (200, {"result": True, "returnCode": "200", "message": "成功"})
    assert list(goods.events.values_list("kind", "place", "source")) == [
        ("picked_up", "广东深圳市", "carrier"), ("in_transit", "湖北武汉市", "carrier"),
    ]  # fmt: skip
    assert "13800138000" not in json.dumps([list(map(str, e)) for e in TrackingEvent.objects.values_list()])
    fact = Fact.objects.get(name="orders.tracking_heard")
    assert (fact.actor_kind, fact.payload["events"], fact.payload["kind"], fact.payload["signed"]) == ("carrier", 2, "in_transit", False)


@pytest.mark.spec("H31", "H33")
def test_a_carriers_signature_starts_the_clock_as_the_receivers_note_does_and_accepts_nothing(client):
    order, _buyer, _seller, goods = on_the_way()
    other, buyer, _seller, noted = on_the_way()
    noted.__class__.objects.filter(pk=noted.pk).update(waybill_no="SF1385628716740")

    push(client, [row(later(minutes=5), "3")])
    note_tracking(other.no, noted.pk, actor=member_actor(buyer), kind="signed", happened_at=now(), place="", request_key=key())

    def clocks(consignment):
        rows = Deadline.objects.filter(subject_type="orders.consignment", subject_id=str(consignment.pk))
        return sorted((d.policy, bool(d.met_at), bool(d.cancelled_at), bool(d.paused_at)) for d in rows)

    goods.refresh_from_db()
    order.refresh_from_db()
    assert clocks(goods) == clocks(noted) and ("orders.inspect", False, False, False) in clocks(goods)
    assert (goods.state, order.state) == ("shipped", "shipped") and goods.signed_at <= now()


@pytest.mark.spec("H31")
def test_a_push_again_and_one_of_an_unknown_number_answer_alike_and_leave_nothing(client):
    _order, _buyer, _seller, goods = on_the_way()
    rows = [row(stamp(hours=1), "1002"), row(stamp(hours=5), "103")]
    first = push(client, rows)
    facts = Fact.objects.count()

    again, unknown = push(client, rows), push(client, rows, nu="SF9999999999999")
    strange = push(client, rows, nu="Robert'); --\x00")

    assert first.content == again.content == unknown.content == strange.content
    assert (goods.events.count(), Fact.objects.count()) == (2, facts)


@pytest.mark.spec("H31")
@pytest.mark.parametrize("sign", ["", "0" * 32, "é" * 32, "签" * 8])
def test_a_forged_push_is_refused_and_stores_nothing(client, sign):
    on_the_way()

    answer = push(client, [row(stamp(hours=1), "3")], sign=sign)

    assert (answer.status_code, answer.json()["result"]) == (403, False)
    assert TrackingEvent.objects.count() == 0


def test_the_door_is_shut_while_no_salt_is_agreed(client, settings):
    settings.TRACKING_PUSH_SALT = ""
    on_the_way()
    param = param_of([row(stamp(hours=1), "3")])

    answer = post(client, {"param": param, "sign": tracking.signature(param, "")})

    assert (answer.status_code, TrackingEvent.objects.count()) == (404, 0)


HOSTILE = [
    "[]", "null", "0", "{", "[" * 20_000, '{"lastResult": []}', '{"lastResult": {"com": {}, "nu": [], "data": {"a": 1}}}',
    '{"lastResult": {"com": "shunfeng", "nu": "SF1385628716739", "data": [null]}}',
    '{"lastResult": {"com": "shunfeng", "nu": "SF1385628716739", "data": [{"time": 7}]}}',
    '{"lastResult": {"com": "shunfeng", "nu": "SF1385628716739", "data": [{"time": "0000-00-00 00:00:00"}]}}',
    '{"lastResult": {"com": "shunfeng", "nu": "SF1385628716739", "data": [' + ",".join(["{}"] * 501) + "]}}",
    '{"status": ' + "9" * 5000 + "}",
]  # fmt: skip


@pytest.mark.parametrize("param", HOSTILE)
def test_a_signed_push_of_another_shape_is_told_so(client, param):
    on_the_way()

    answer = post(client, {"param": param, "sign": tracking.signature(param, SALT)})

    assert (answer.status_code, answer.json()["result"]) == (422, False)
    assert TrackingEvent.objects.count() == 0


@pytest.mark.parametrize("place", ["\ud800", "\x00", "a" * 5000, "客户电话13800138000", {"a": 1}, "\u202e"])
def test_strange_places_and_the_ends_of_time_break_nothing(client, place):
    _order, _buyer, _seller, goods = on_the_way()
    rows = [row(stamp(hours=1), "1002", place), row("0001-01-01 00:00:00", "0"), row("9999-12-31 23:59:59", "3")]
    param = json.dumps({"lastResult": {"com": "shunfeng", "nu": NUMBER, "data": rows}})

    answer = post(client, {"param": param, "sign": tracking.signature(param, SALT)})

    assert answer.status_code == 200
    assert [(e.kind, len(e.place) <= 80) for e in goods.events.all()] == [("in_transit", True)]
    assert "138" not in goods.events.get().place


def test_what_is_no_form_or_too_large_is_not_read(client):
    address = reverse("orders:tracking_push")

    assert client.get(address).status_code == 405
    assert client.post(address, "{}", content_type="application/json").status_code == 400
    assert client.post(address, {"param": "x"}).status_code == 400  # a form with files
    assert client.post(address, "param=" + "x" * 1_600_000, content_type="application/x-www-form-urlencoded").status_code == 413
    many = "&".join(f"a{n}=1" for n in range(600))
    assert client.post(address, many, content_type="application/x-www-form-urlencoded").status_code == 400


def test_a_flood_from_one_network_is_told_to_wait(client, monkeypatch):
    monkeypatch.setattr("orders.services.feeds.PUSHES_A_MINUTE", 2)

    assert [push(client, []).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("carrier, number, com, nu, found", [
    ("jd", "JDVC04860190300-1-1-", "jd", "JDVC04860190300", True),
    ("ems", "1207119765021", "youzhengguonei", "1207119765021", True),
    ("freight", "KY8800123", "kuayue", "KY8800123", True),
    ("sf", "SF1385628716739", "jd", "SF1385628716739", False),
    ("sto", "773277027280336", "shentong", "773277027280336", True),
])  # fmt: skip
def test_a_number_is_found_among_the_loads_of_its_carrier(client, carrier, number, com, nu, found):
    _order, _buyer, _seller, goods = on_the_way()
    type(goods).objects.filter(pk=goods.pk).update(carrier=carrier, waybill_no=number)

    push(client, [row(stamp(hours=1), "1002")], com=com, nu=nu)

    assert goods.events.exists() == found


def test_a_number_that_was_used_before_starts_no_clock(client):
    """A seller that types the number of an old parcel is not paid for it."""
    _order, _buyer, _seller, goods = on_the_way()

    push(client, [row(stamp(days=2), "3"), row(stamp(days=3), "103")], state="3", status="shutdown")

    goods.refresh_from_db()
    assert goods.signed_at is None and [e.kind for e in goods.events.all()] == ["picked_up"]


def test_goods_that_turned_back_are_signed_for_by_their_sender(client):
    _order, _buyer, _seller, goods = on_the_way()

    push(client, [row(later(minutes=5), "3"), row(later(minutes=2), "6")])

    goods.refresh_from_db()
    assert [e.kind for e in goods.events.all()] == ["returning", "returned"] and goods.signed_at is None


def test_news_of_words_alone_takes_the_state_of_the_whole_for_its_newest(client):
    _order, _buyer, _seller, goods = on_the_way()
    rows = [row(later(minutes=2), ""), {**row(stamp(hours=4), ""), "status": "揽收"}, row(stamp(hours=2), "")]

    push(client, rows, state="5")

    assert [e.kind for e in goods.events.all()] == ["picked_up", "in_transit", "out_for_delivery"]


def test_an_open_refund_holds_the_clock_that_a_carrier_starts(client):
    order, buyer, _seller, goods = on_the_way()
    request_refund(order.no, actor=member_actor(buyer), reason="wet", request_key=key())

    push(client, [row(later(minutes=1), "301")])

    clock = Deadline.objects.get(policy="orders.inspect", subject_id=str(goods.pk), subject_type="orders.consignment")
    assert clock.paused_at is not None


JOURNEY = [("picked_up", 0), ("in_transit", 60), ("in_transit", 120), ("out_for_delivery", 200), ("signed", 230)]


@pytest.mark.spec("H31")
@quickly(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_in_any_order_in_any_parts_and_repeated_the_same_is_known_in_the_end(data):
    """Whatever comes first, twice or in pieces: one row an event, one clock, the same place on the way."""
    _order, _buyer, _seller, goods = on_the_way()
    begin = goods.shipped_at.replace(second=0, microsecond=0)
    steps = [tracking.Step(kind, begin + timedelta(seconds=at), "武汉") for kind, at in JOURNEY]
    told = data.draw(st.lists(st.lists(st.sampled_from(steps), max_size=6), max_size=6))

    for part in [*told, random.Random(len(told)).sample(steps, len(steps)), *told]:
        hear_steps(goods.pk, part, source="carrier", actor=CARRIER)

    goods.refresh_from_db()
    assert [(e.kind, e.happened_at) for e in goods.events.all()] == [(s.kind, s.happened_at) for s in steps]
    assert goods.signed_at == steps[-1].happened_at or goods.signed_at <= now()
    assert Deadline.objects.filter(policy="orders.inspect", subject_id=str(goods.pk)).count() == 1
    assert tracking.current(tracking.Step(e.kind, e.happened_at) for e in goods.events.all()) == "signed"


@pytest.mark.spec("H31")
@pytest.mark.django_db(transaction=True)
def test_eight_equal_pushes_at_once_are_one():
    _order, _buyer, _seller, goods = on_the_way()
    steps = [tracking.Step(kind, goods.shipped_at + timedelta(seconds=at)) for kind, at in JOURNEY]

    results = race([lambda: hear_steps(goods.pk, steps, source="carrier", actor=CARRIER) for _ in range(8)])

    assert sorted(results) == [0] * 7 + [5]
    assert goods.events.count() == 5
    assert Fact.objects.filter(name="orders.tracking_heard").count() == 1
    assert Deadline.objects.filter(policy="orders.inspect", subject_id=str(goods.pk)).count() == 1


@pytest.mark.django_db(transaction=True)
def test_canary_a_naive_push_is_caught_by_this_harness():
    """Look, think, then write: without the lock more than one of eight believes that it brought the news."""
    _order, _buyer, _seller, goods = on_the_way()
    number = itertools.count()

    @transaction.atomic
    def naive():
        if not goods.events.exists():
            time.sleep(0.05)
            TrackingEvent.objects.create(
                consignment=goods, kind="in_transit", happened_at=now(), place=str(next(number)), source="carrier", recorded_at=now()
            )
            return "told"
        return "known"

    assert race([naive] * 8).count("told") > 1
