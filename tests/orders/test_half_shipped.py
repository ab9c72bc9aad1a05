"""Undoing an order while goods are on the road: nobody gives goods away by one click, and stock says what came back (r1-4, H34)."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from catalog.models import StockMovement
from kernel.models import Fact
from kernel.money import CREDIT
from kernel.refusals import Denied, Refusal
from ledger.queries import balance
from orders.queries import desk, order_for
from orders.services import approve_refund, reject_refund, request_refund, tell_goods
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    credit_trade,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    shipped,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
PRICE = 5_480_000


def half_shipped(asker="buyer"):
    """The seller's ten tonnes are on the road when one side asks to undo the trade."""
    order, buyer, seller, listing = credit_trade()
    goods = shipped(order, seller)
    asking, answering = (buyer, seller) if asker == "buyer" else (seller, buyer)
    refund = request_refund(order.no, actor=member_actor(asking), reason="plans changed", request_key=key())
    return order, goods, refund, member_actor(answering), buyer, seller, listing


def step_words(order, firm) -> str:
    with translation.override("en"):
        return str(desk.next_step(order_for(member_actor(firm), order.no), firm.pk, {}).text)


@pytest.mark.spec("H34")
@pytest.mark.parametrize("fates", [{}, {0: "returned"}, {"goods": "lost"}, {"goods": ""}])
def test_goods_on_the_way_need_a_word_before_the_order_is_undone(fates):
    order, goods, refund, actor, buyer, _seller, listing = half_shipped()
    said = {goods.pk if pk == "goods" else pk: fate for pk, fate in fates.items()}
    facts = Fact.objects.count()

    with pytest.raises(Refusal) as refusal:
        approve_refund(order.no, refund.pk, actor=actor, request_key=key(), fates=said)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert refusal.value.code == "goods_unsettled"
    assert (order.state, order.refunds.get().state, order.consignments.get().fate) == ("shipped", "requested", "")
    assert (listing.stock.on_hand, balance(buyer.pk, CREDIT).minor, Fact.objects.count()) == (90, -PRICE, facts)


@pytest.mark.spec("H34")
@pytest.mark.spec("H32", thin=True)
def test_goods_that_came_back_are_stock_again_by_a_movement():
    order, goods, refund, actor, buyer, seller, listing = half_shipped()

    approve_refund(order.no, refund.pk, actor=actor, request_key=key(), fates={goods.pk: "returned"})

    order.refresh_from_db()
    goods.refresh_from_db()
    listing.stock.refresh_from_db()
    line = order.lines.get()
    assert (order.state, goods.state, goods.fate) == ("cancelled", "cancelled", "returned")
    assert (listing.stock.on_hand, listing.stock.reserved) == (100, 0)
    assert list(StockMovement.objects.filter(ref=line.ref, kind="return").values_list("quantity", "balance")) == [(10, 100)]
    assert Fact.objects.get(name="orders.refund_answered").payload["goods"] == {str(goods.pk): "returned"}
    assert balance(buyer.pk, CREDIT).minor == 0
    assert f"× 10 t came back to {seller.name_en} and is in its stock again." in step_words(order, buyer)


@pytest.mark.spec("H34")
def test_goods_that_were_given_up_stay_gone():
    order, goods, refund, actor, buyer, _seller, listing = half_shipped()

    approve_refund(order.no, refund.pk, actor=actor, request_key=key(), fates={goods.pk: "given_up"})

    goods.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (goods.state, goods.fate, listing.stock.on_hand) == ("cancelled", "given_up", 90)
    assert not StockMovement.objects.filter(kind="return").exists()
    assert Fact.objects.get(name="orders.refund_answered").payload["goods"] == {str(goods.pk): "given_up"}
    assert balance(buyer.pk, CREDIT).minor == 0


@pytest.mark.spec("H34")
@pytest.mark.parametrize("word", ["given_up", "returned"])
def test_nobody_speaks_about_the_goods_of_the_other_side(word):
    order, goods, refund, actor, buyer, _seller, listing = half_shipped(asker="seller")
    facts = Fact.objects.count()

    for fates in ({goods.pk: word}, {}):
        with pytest.raises(Refusal) as refusal:
            approve_refund(order.no, refund.pk, actor=actor, request_key=key(), fates=fates)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert refusal.value.code == "goods_unsettled"
    assert (order.state, order.consignments.get().giver_word) == ("shipped", "")
    assert (listing.stock.on_hand, balance(buyer.pk, CREDIT).minor, Fact.objects.count()) == (90, -PRICE, facts)


@pytest.mark.spec("H34")
def test_the_asker_says_what_became_of_its_goods_before_the_other_party_can_agree():
    order, goods, refund, actor, buyer, seller, listing = half_shipped(asker="seller")
    asker, once = member_actor(seller), key()

    for _again in range(2):
        tell_goods(order.no, refund.pk, actor=asker, request_key=once, fates={goods.pk: "returned"})
    with pytest.raises(Denied):
        tell_goods(order.no, refund.pk, actor=actor, request_key=key(), fates={goods.pk: "given_up"})
    approve_refund(order.no, refund.pk, actor=actor, request_key=key())

    goods.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (goods.state, goods.fate, listing.stock.on_hand) == ("cancelled", "returned", 100)
    assert (balance(buyer.pk, CREDIT).minor, Fact.objects.filter(name="orders.goods_told").count()) == (0, 1)


@pytest.mark.spec("H34")
def test_goods_accepted_for_nothing_in_return_are_not_lost_by_an_undone_order():
    a, b = verified_enterprise(), verified_enterprise()
    order = confirmed(proposed_order(a, b, give=[(live_listing(a), 10)], get=[(live_listing(b), 10)]))
    goods = shipped(order, a)
    accepted(order, b)
    refund = request_refund(order.no, actor=member_actor(a), reason="where are yours?", request_key=key())

    with pytest.raises(Refusal) as refusal:
        approve_refund(order.no, refund.pk, actor=member_actor(b), request_key=key())
    order.refresh_from_db()
    assert (refusal.value.code, order.state) == ("goods_unsettled", "shipped")

    tell_goods(order.no, refund.pk, actor=member_actor(a), request_key=key(), fates={goods.pk: "returned"})
    approve_refund(order.no, refund.pk, actor=member_actor(b), request_key=key())
    order.refresh_from_db()
    assert order.state == "cancelled" and "books it into its stock by hand" in step_words(order, a)


def test_a_word_is_forgotten_when_the_order_goes_on():
    order, goods, refund, actor, _buyer, seller, _listing = half_shipped(asker="seller")
    tell_goods(order.no, refund.pk, actor=member_actor(seller), request_key=key(), fates={goods.pk: "given_up"})

    reject_refund(order.no, refund.pk, actor=actor, answer="we keep them", request_key=key())

    goods.refresh_from_db()
    assert (goods.state, goods.giver_word) == ("shipped", "")


def test_each_party_speaks_about_its_own_goods_accepted_ones_too():
    a, b = verified_enterprise(), verified_enterprise()
    ours, theirs = live_listing(a), live_listing(b)
    allow_credit(a, PRICE)
    order = confirmed(proposed_order(a, b, give=[(ours, 10)], get=[(theirs, 20)], credit=PRICE))
    goods, their_goods = shipped(order, a), shipped(order, b)
    accepted(order, a)
    refund = request_refund(order.no, actor=member_actor(b), reason="wrong grade", request_key=key())

    tell_goods(order.no, refund.pk, actor=member_actor(b), request_key=key(), fates={their_goods.pk: "given_up"})
    approve_refund(order.no, refund.pk, actor=member_actor(a), request_key=key(), fates={goods.pk: "given_up"})

    ours.stock.refresh_from_db()
    theirs.stock.refresh_from_db()
    assert {c.giver_id: (c.state, c.fate, c.giver_word) for c in order.consignments.all()} == {
        a.pk: ("cancelled", "given_up", "given_up"), b.pk: ("accepted", "", "given_up"),
    }  # fmt: skip
    assert (ours.stock.on_hand, theirs.stock.on_hand) == (90, 80)
    assert f"{a.name_en} gave up" in step_words(order, a)


def test_the_approval_page_lists_what_is_on_the_way_and_waits_for_the_tick():
    order, goods, refund, _actor, _buyer, seller, _listing = half_shipped()
    client, url = Client(), reverse("orders:refund_approval", args=[order.no, refund.pk])
    client.force_login(main_account(seller), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"

    page = client.get(url).content.decode()
    token = re.search(r'name="request_key" value="([^"]+)"', page).group(1)
    unticked = client.post(url, {"request_key": token})
    ticked = {"request_key": token, f"goods_{goods.pk}": "returned"}
    first, again = client.post(url, ticked), client.post(url, ticked)
    other = client.post(url, {**ticked, f"goods_{goods.pk}": "given_up"})

    assert "× 10" in page and "SF Express SF1385628716739" in page
    assert unticked.status_code == 422 and "come back before you approve" in unticked.content.decode()
    assert (first.status_code, again.status_code, again["Location"]) == (302, 302, first["Location"])
    assert other.status_code == 409
    log = client.get(reverse("orders:log", args=[order.no])).content.decode()
    assert "came back to" in log
    order.refresh_from_db()
    assert order.state == "cancelled"
