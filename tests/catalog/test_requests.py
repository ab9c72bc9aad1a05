"""Requests as people use them: what they say, their page, their end, and what staff may do with them (B12)."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.queries import actor_for
from catalog import needs
from catalog.models import Want
from catalog.services import hide_want, post_want, renew_want
from kernel.clock import now, telling
from kernel.money import Money
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.races import race
from tests.worlds import key, live_listing, main_account, member_actor, person, staff_actor, staff_user, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("B12")]


def post(actor, title="求购双胶纸", **more):
    return post_want(
        actor=actor, category="PAP", title=title, quantity=20, unit="t", can_give="", request_key=key(), more=needs.Needs(**more)
    )  # fmt: skip


def test_a_structured_request_is_posted_through_its_form_and_shown_to_everybody(client):
    firm = verified_enterprise()
    given = live_listing(firm, title_zh="自有库存纸")
    client.force_login(main_account(firm))
    form = {
        "title": "求购化机浆", "category": "PAP", "quantity": "120.5", "unit": "t", "attributes": "白度：80\n水分: 10%",
        "value_min": "100000",
        "value_max": "400000.50", "currency": "CNY", "places": "佛山，广州", "needed_by": "2035-03-01", "give_listings": [given.no],
        "give_categories": ["MAC"], "gives_credit": "on", "description_zh": "需检验报告。", "request_key": key(),
    }  # fmt: skip

    answer = client.post("/wanted/new/", form)

    want = Want.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/wanted/{want.no}/"
    assert want.attributes == {"白度": "80", "水分": "10%"} and want.places == ["佛山", "广州"]
    assert (want.value_max, list(want.give_listings.all()), want.needed_by) == (Money(40_000_050, "CNY"), [given], date(2035, 3, 1))
    client.logout()
    page = client.get(f"/wanted/{want.no}/").text
    for text in ("求购化机浆", "白度", "400,000", "佛山", "自有库存纸", "需检验报告"):
        assert text in page
    assert want.no in client.get("/wanted/", {"place": "佛山", "gives": "credit"}).text
    assert want.no not in client.get("/wanted/", {"place": "上海"}).text
    assert client.get("/wanted/", {"due": "gestern", "gives": "x", "place": "\u202e", "after": "zz"}).status_code == 200


@pytest.mark.parametrize(
    "field,value",
    [("value_max", "1"), ("needed_by", "2020-01-01"), ("attributes", "白度"), ("places", ",".join("abcdefghij")), ("title", "最佳双胶纸"),
     ("description_zh", "全国第一"), ("value_min", "1.234"), ("quantity", "-1"), ("give_categories", "ZZZ")],
)  # fmt: skip
def test_bad_input_is_told_at_its_field_and_nothing_typed_is_lost(client, field, value):
    client.force_login(main_account(verified_enterprise()))
    form = {
        "title": "求购化机浆", "category": "PAP", "quantity": "120", "unit": "t", "value_min": "100", "currency": "CNY",
        "can_give": "我写的话", "request_key": key(), field: value,
    }  # fmt: skip

    answer = client.post("/wanted/new/", form)

    assert answer.status_code == 422
    assert "我写的话" in answer.text
    assert f'id="id_{field}_error"' in answer.text
    assert not Want.objects.exists()


def test_a_sellers_stock_is_measured_against_a_request_and_an_offer_is_the_main_action(client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    want = post(member_actor(buyer))
    live_listing(seller, stock=5)
    client.force_login(main_account(seller))
    client.cookies["django_language"] = "en"

    page = client.get(f"/wanted/{want.no}/").text

    assert "Your stock covers 25 %" in page
    assert f"/wanted/{want.no}/offer/" in page
    mine = client.get(reverse("catalog:want_offer", args=[want.no])).text
    assert "双胶纸" in mine or "Offset paper" in mine


def test_a_request_runs_out_after_sixty_days_and_can_be_renewed():
    firm = verified_enterprise()
    want = post(member_actor(firm))

    with telling(now() + timedelta(days=59)):
        assert sweep_deadlines() == 0
    with telling(now() + timedelta(days=61)):
        sweep_deadlines()
        deliver_due()
        want.refresh_from_db()
        assert want.state == "expired" and not want.search.tokens.exists()
        assert Notice.objects.filter(recipient=main_account(firm), url=f"/wanted/{want.no}/").count() == 1
        renew_want(want.no, actor=member_actor(firm), request_key=key())
        want.refresh_from_db()
        assert want.state == "open" and want.search.tokens.exists()
        sweep_deadlines()
        deliver_due()
    with telling(now() + timedelta(days=100)):
        sweep_deadlines()
        deliver_due()
        want.refresh_from_db()
        assert want.state == "open"
    with telling(now() + timedelta(days=122)):
        sweep_deadlines()
        deliver_due()
    want.refresh_from_db()
    assert want.state == "expired"


def test_renewing_early_moves_the_end():
    want = post(actor_for(person()))
    with telling(now() + timedelta(days=30)):
        renew_want(want.no, actor=actor_for(want.person), request_key=key())
    with telling(now() + timedelta(days=61)):
        sweep_deadlines()
        deliver_due()
    want.refresh_from_db()
    assert want.state == "open"


def test_the_cap_of_open_requests_is_told_and_kept(monkeypatch):
    monkeypatch.setattr(needs, "OPEN_OF_PERSON", 2)
    actor = actor_for(person())
    post(actor)
    post(actor)
    with pytest.raises(Refusal) as refused:
        post(actor)
    assert refused.value.code == "too_many_wants" and "2" in str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_many_posts_at_once_do_not_pass_the_cap(monkeypatch):
    monkeypatch.setattr(needs, "OPEN_OF_ENTERPRISE", 3)
    actor = member_actor(verified_enterprise())

    race([lambda: post(actor) for _n in range(8)])

    assert Want.objects.filter(state="open").count() == 3


@pytest.mark.django_db(transaction=True)
def test_canary_without_the_owners_lock_the_cap_is_passed(monkeypatch):
    import time

    from catalog.services import wants

    monkeypatch.setattr(needs, "OPEN_OF_ENTERPRISE", 3)

    def careless(actor):
        there = Want.objects.filter(state="open", enterprise_id=actor.enterprise_id).count()
        time.sleep(0.3)
        if there >= 3:
            raise Refusal("too_many_wants")

    monkeypatch.setattr(wants, "_refuse_too_many", careless)
    actor = member_actor(verified_enterprise())

    race([lambda: post(actor) for _n in range(8)])

    assert Want.objects.filter(state="open").count() > 3


def test_goods_of_others_cannot_be_given():
    other = live_listing(verified_enterprise())
    with pytest.raises(Refusal) as refused:
        post(member_actor(verified_enterprise()), give_listings=(other.no,))
    assert refused.value.code == "goods_unknown"


def test_staff_take_a_request_down_with_a_reason_that_its_owner_reads(client):
    firm = verified_enterprise()
    want = post(member_actor(firm))
    client.force_login(staff_user("catalog.hide_want", "catalog.view_want"))
    page = reverse("admin:catalog_want_change", args=[want.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"act": "hide", "reason": " ", "request_key": key()}).status_code == 422
    assert client.post(page, {"act": "hide", "reason": "疑似虚假", "request_key": key()}).status_code == 302
    deliver_due()

    assert client.get(f"/wanted/{want.no}/").status_code == 404
    client.force_login(main_account(firm))
    assert "疑似虚假" in client.get(f"/wanted/{want.no}/").text
    want.refresh_from_db()
    assert not want.search.tokens.exists()
    with pytest.raises(IllegalMove):
        renew_want(want.no, actor=member_actor(firm), request_key=key())
    for actor in (member_actor(firm), staff_actor("catalog.view_want")):
        with pytest.raises(Denied):
            hide_want(want.no, actor=actor, reason="x", request_key=key())
