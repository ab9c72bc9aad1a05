"""Requests: enterprises and individual members post them, each closes their own, and nobody trades with a person (decision 1)."""

import pytest

from accounts.models import Enterprise, Membership
from accounts.queries import actor_for
from catalog.models import Want
from catalog.queries import open_wants, own_wants
from catalog.services import close_want, post_want
from kernel.clock import now
from kernel.models import ChainLink, Fact
from kernel.refusals import Denied, NotFound
from tests.worlds import key, main_account, member_actor, person, staff_user, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
FORM = {"title": "求购二手叉车", "category": "MAC", "quantity": "2", "unit": "set", "can_give": "仓储服务"}


def post(actor, title="求购二手叉车"):
    return post_want(actor=actor, category="MAC", title=title, quantity=2, unit="set", can_give="", request_key=key())


@pytest.mark.spec("B12", thin=True)
def test_an_individual_member_posts_and_closes_a_request(client):
    lin = person(name="林一")
    client.force_login(lin)
    sent = {**FORM, "request_key": key()}

    assert [client.post("/wanted/new/", sent).status_code for _twice in range(2)] == [302, 302]

    want = Want.objects.get()
    assert (want.enterprise, want.person) == (None, lin)
    fact = Fact.objects.get(name="catalog.want_posted")
    assert list(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True)) == [f"person:{lin.pk}"]
    client.cookies["django_language"] = "en"
    page = client.get("/wanted/").text
    assert "Individual member" in page and "only verified enterprises trade" in page
    assert "林一" not in client.get("/wanted/").text.split("<main")[1]
    closed = {"request_key": key()}
    assert [client.post(f"/wanted/{want.no}/closing/", closed).status_code for _twice in range(2)] == [302, 302]
    assert not open_wants().rows


def test_a_persons_request_is_only_theirs_to_close():
    want = post(actor_for(person()))

    for actor in (actor_for(person()), member_actor(verified_enterprise())):
        with pytest.raises(NotFound):
            close_want(want.no, actor=actor, request_key=key())
    want.refresh_from_db()
    assert want.state == "open"


@pytest.mark.parametrize("who", ["guest", "staff", "frozen", "sub without the box"])
def test_who_may_not_post_posts_nothing(who):
    firm = verified_enterprise(state="frozen" if who == "frozen" else "verified")
    actors = {
        "guest": lambda: actor_for(person()).__class__("person"),
        "staff": lambda: actor_for(staff_user("catalog.view_want")),
        "frozen": lambda: member_actor(firm),
        "sub without the box": lambda: member_actor(firm, sub_account(firm, "manage_stock")),
    }

    with pytest.raises(Denied):
        post(actors[who]())

    assert not Want.objects.exists()


def test_a_person_who_became_an_enterprise_keeps_and_closes_earlier_requests():
    lin = person()
    want = post(actor_for(lin))
    firm = Enterprise.objects.get(pk=verified_enterprise().pk)
    Membership.objects.create(user=lin, enterprise=firm, is_main=False, created_at=now())
    from guardian.shortcuts import assign_perm

    assign_perm("accounts.trade", lin, firm)
    actor = actor_for(lin, prefer=firm.pk)
    theirs = post(member_actor(firm, main_account(firm)), "求购铝锭")

    assert {w.pk for w in own_wants(actor)} == {want.pk, theirs.pk}
    assert close_want(want.no, actor=actor, request_key=key()).state == "closed"
    assert own_wants(member_actor(firm)).get() == theirs


def test_a_frozen_enterprises_requests_are_hidden_and_a_persons_are_not():
    firm = verified_enterprise()
    post(member_actor(firm), "公司求购")
    mine = post(actor_for(person()), "个人求购")

    Enterprise.objects.filter(pk=firm.pk).update(state="frozen")

    assert [w.pk for w in open_wants().rows] == [mine.pk]
