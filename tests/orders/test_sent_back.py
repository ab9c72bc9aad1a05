"""Units of a shipment on its way go back in part: on their giver's word, with their stock, never once they are accepted."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from kernel.money import CREDIT
from kernel.refusals import IllegalMove, Refusal
from ledger.queries import balance
from orders.audits import consignments as consignment_audit
from orders.models import Refund
from orders.part_rules import Claim
from orders.services import accept_goods, approve_refund, reject_refund, request_refund, ship_goods
from tests.races import race
from tests.worlds import accepted, credit_trade, key, main_account, member_actor, shipped

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
UNIT = 548_000


def sent(parts: int = 0):
    """Ten tonnes on their way, or a part of them. (order, buyer, seller, listing, line, shipment)"""
    order, buyer, seller, listing = credit_trade()
    line = order.lines.get()
    if parts:
        values = {"carrier": "sf", "carrier_name": "", "waybill_no": "SF1385628716739"}
        goods = ship_goods(order.no, actor=member_actor(seller), parts={line.pk: parts}, request_key=key(), **values)
    else:
        goods = shipped(order, seller)
    order.refresh_from_db()
    return order, buyer, seller, listing, line, goods


def ask(order, by, *claims):
    return request_refund(order.no, actor=member_actor(by), reason="wet", claims=claims, request_key=key())


def agree(order, refund, by, fates):
    approve_refund(order.no, refund.pk, actor=member_actor(by), request_key=key(), fates=fates)
    order.refresh_from_db()


def shelf(listing):
    listing.stock.refresh_from_db()
    return int(listing.stock.on_hand), int(listing.stock.reserved)


def clean():
    call_command("verify_ledger", stdout=StringIO())
    assert not [*consignment_audit()]


@pytest.mark.spec("H26")
@pytest.mark.spec("H34")
@pytest.mark.parametrize(("fate", "on_hand"), [("returned", 94), ("given_up", 90)])
def test_units_on_their_way_go_back_on_their_givers_word_and_the_rest_is_inspected(fate, on_hand):
    order, buyer, seller, listing, line, goods = sent()
    refund = ask(order, buyer, Claim(line.pk, 4, consignment_id=goods.pk))
    with pytest.raises(Refusal) as refusal:
        approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key())
    assert refusal.value.code == "goods_unsettled"

    agree(order, refund, seller, {goods.pk: fate})

    assert order.state == "shipped" and balance(buyer.pk, CREDIT).minor == -6 * UNIT and shelf(listing) == (on_hand, 0)
    assert sorted((c.state, c.fate, sum(many for _pk, many in c.parts)) for c in order.consignments.all()) == [
        ("cancelled", fate, 4), ("shipped", "", 6),
    ]  # fmt: skip
    accepted(order, buyer)
    order.refresh_from_db()
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == 6 * UNIT
    clean()


@pytest.mark.spec("H34")
def test_a_shipment_that_goes_back_whole_leaves_the_rest_of_the_order_and_may_be_followed_by_its_end():
    order, buyer, seller, listing, line, goods = sent(6)
    agree(order, ask(order, buyer, Claim(line.pk, 6, consignment_id=goods.pk)), seller, {goods.pk: "returned"})
    assert order.state == "shipped" and shelf(listing) == (100, 4)

    whole = request_refund(order.no, actor=member_actor(buyer), reason="all", request_key=key())
    agree(order, whole, seller, {})  # nothing is on its way any more

    assert order.state == "cancelled" and balance(buyer.pk, CREDIT).minor == 0 and shelf(listing) == (100, 0)
    clean()


@pytest.mark.spec("H34")
def test_after_a_part_came_back_the_rest_comes_back_with_the_order_and_nothing_is_counted_twice():
    order, buyer, seller, listing, line, goods = sent()
    agree(order, ask(order, buyer, Claim(line.pk, 4, consignment_id=goods.pk)), seller, {goods.pk: "returned"})
    rest = order.consignments.get(state="shipped")
    whole = request_refund(order.no, actor=member_actor(buyer), reason="all", request_key=key())
    agree(order, whole, seller, {rest.pk: "returned"})

    assert order.state == "cancelled" and shelf(listing) == (100, 0) and balance(buyer.pk, CREDIT).minor == 0
    clean()


def test_a_refused_request_after_a_part_came_back_lets_the_clocks_run():
    order, buyer, seller, _listing, line, goods = sent()
    agree(order, ask(order, buyer, Claim(line.pk, 4, consignment_id=goods.pk)), seller, {goods.pk: "given_up"})
    second = ask(order, buyer, Claim(line.pk, off_minor=100))
    reject_refund(order.no, second.pk, actor=member_actor(seller), answer="no", request_key=key())
    assert order.consignments.get(state="cancelled").fate == "given_up"


@pytest.mark.spec("H33")
@pytest.mark.parametrize("wrong", ["too_many", "accepted", "giver", "foreign", "no_units"])
def test_p8_units_of_a_shipment_that_are_not_there_to_go_back_are_refused(wrong):
    order, buyer, seller, _listing, line, goods = sent(6)
    if wrong == "accepted":
        accepted(order, buyer)
    claims = {
        "too_many": Claim(line.pk, 7, consignment_id=goods.pk), "foreign": Claim(line.pk, 1, consignment_id=goods.pk + 999),
        "no_units": Claim(line.pk, 0, 100, consignment_id=goods.pk),
    }  # fmt: skip
    with pytest.raises(Refusal) as refusal:
        ask(order, seller if wrong == "giver" else buyer, claims.get(wrong, Claim(line.pk, 1, consignment_id=goods.pk)))
    assert refusal.value.code == "part_refused" and not Refund.objects.exists()


@pytest.mark.spec("H26")
def test_a_buyer_asks_for_units_on_their_way_and_the_seller_says_that_they_came_back(client):
    order, buyer, seller, listing, line, goods = sent()
    client.force_login(main_account(buyer), backend=BACKEND)
    url = reverse("orders:refund_part", args=[order.no])
    assert f"back_{line.pk}_{goods.pk}" in client.get(url).content.decode()
    both = {"reason": "wet", f"back_{line.pk}_{goods.pk}": "2", f"off_{line.pk}": "5", "request_key": key()}
    answer = client.post(url, both)
    assert answer.status_code == 422 and 'value="5"' in answer.content.decode()
    client.post(url, {"reason": "wet", f"back_{line.pk}_{goods.pk}": "2", "request_key": key()})
    refund = Refund.objects.get()

    client.force_login(main_account(seller), backend=BACKEND)
    url = reverse("orders:refund_approval", args=[order.no, refund.pk])
    assert f"goods_{goods.pk}" in client.get(url).content.decode()
    assert client.post(url, {"request_key": key()}).status_code == 422
    client.post(url, {f"goods_{goods.pk}": "returned", "request_key": key()})
    refund.refresh_from_db()
    assert refund.state == "settled" and shelf(listing) == (92, 0)
    assert client.get(reverse("orders:detail", args=[order.no])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_p8_acceptance_and_a_part_refund_of_the_same_goods_never_both_happen():
    order, buyer, _seller, _listing, line, goods = sent()
    actor, claim = member_actor(buyer), Claim(line.pk, 4, consignment_id=goods.pk)

    results = race([
        lambda: accept_goods(order.no, goods.pk, actor=actor, request_key=key()),
        lambda: request_refund(order.no, actor=actor, reason="wet", claims=[claim], request_key=key()),
    ])  # fmt: skip

    refused = [one for one in results if isinstance(one, (Refusal, IllegalMove))]
    order.refresh_from_db()
    assert len(refused) == 1, results
    assert (order.state, Refund.objects.count()) in (("completed", 0), ("shipped", 1))


@pytest.mark.django_db(transaction=True)
def test_p6_units_that_came_back_are_on_the_shelf_once_whoever_clicks():
    order, buyer, seller, listing, line, goods = sent()
    refund = ask(order, buyer, Claim(line.pk, 4, consignment_id=goods.pk))
    actor = member_actor(seller)

    results = race([
        lambda: approve_refund(order.no, refund.pk, actor=actor, request_key=key(), fates={goods.pk: "returned"}) for _n in range(4)
    ])  # fmt: skip

    assert sum(isinstance(one, Refund) for one in results) == 1, results
    assert shelf(listing) == (94, 0) and balance(buyer.pk, CREDIT).minor == -6 * UNIT
    clean()


def test_the_same_answer_sent_twice_is_read_as_it_was_even_after_an_earlier_part(client):
    order, buyer, seller, listing, line, goods = sent()
    client.force_login(main_account(seller), backend=BACKEND)
    first = ask(order, buyer, Claim(line.pk, 4, consignment_id=goods.pk))
    whole_part = {f"goods_{goods.pk}": "returned", "request_key": key()}
    url = reverse("orders:refund_approval", args=[order.no, first.pk])
    assert [client.post(url, whole_part).status_code for _n in range(2)] == [302, 302]

    whole = request_refund(order.no, actor=member_actor(buyer), reason="all", request_key=key())
    url = reverse("orders:refund_approval", args=[order.no, whole.pk])
    page = client.get(url).content.decode()
    ended = order.consignments.get(state="cancelled")
    rest = order.consignments.get(state="shipped")
    assert f"goods_{rest.pk}" in page and f"goods_{ended.pk}" not in page
    answer = {f"goods_{rest.pk}": "returned", "request_key": key()}
    assert [client.post(url, answer).status_code for _n in range(2)] == [302, 302]
    assert shelf(listing) == (100, 0)
