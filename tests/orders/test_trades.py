"""A trade from proposal to payout, at the level of services; the pages have their own tests."""

import pgtrigger
import pytest

from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from ledger.queries import balance
from orders.models import Order, Tender
from orders.rules import LineTerms, TopUp
from orders.services import accept_goods, confirm_order, decline_order, propose_order, ship_goods, withdraw_order
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    credit_trade,
    key,
    live_listing,
    member_actor,
    proposed_order,
    shipped,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
PRICE = 548_000 * 10


def credit_of(enterprise):
    return balance(enterprise.pk, CREDIT).minor


@pytest.mark.spec("B03", thin=True)
@pytest.mark.spec("H32")
def test_credit_is_held_at_confirmation_and_paid_at_acceptance():
    order, buyer, seller, listing = credit_trade()
    assert order.state == "funded"
    assert (credit_of(buyer), credit_of(seller)) == (-PRICE, 0)
    listing.stock.refresh_from_db()
    assert (listing.stock.on_hand, listing.stock.reserved) == (100, 10)

    shipped(order, seller)
    accepted(order, buyer)

    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert order.state == "completed"
    assert (credit_of(buyer), credit_of(seller)) == (-PRICE, PRICE)
    assert (listing.stock.on_hand, listing.stock.reserved) == (90, 0)
    assert [t.state for t in order.tenders.all()] == ["settled"]


@pytest.mark.spec("B03", thin=True)
def test_goods_against_goods_with_credit_top_up_completes_when_both_accept():
    a, b = verified_enterprise(), verified_enterprise()
    ours, theirs = live_listing(a, price=Money(362_000, "CNY")), live_listing(b)
    allow_credit(a, 3_000_000)
    order = confirmed(proposed_order(a, b, give=[(ours, 10)], get=[(theirs, 10)], credit=1_860_000))

    shipped(order, a)
    shipped(order, b)
    accepted(order, b)
    order.refresh_from_db()
    assert order.state == "shipped"  # one side has accepted; the money still waits
    assert credit_of(b) == 0
    accepted(order, a)

    order.refresh_from_db()
    assert order.state == "completed"
    assert (credit_of(a), credit_of(b)) == (-1_860_000, 1_860_000)


@pytest.mark.spec("C14")
def test_initiator_cannot_confirm_own_order():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)])

    with pytest.raises(Denied) as refusal:
        confirm_order(order.no, actor=member_actor(buyer), terms_hash=order.terms_hash, request_key=key())

    assert refusal.value.code == "own_proposal" and refusal.value.status == 403
    order.refresh_from_db()
    assert (order.state, order.consignments.count()) == ("proposed", 0)


def test_confirmation_binds_to_the_hash_that_was_read():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)])

    with pytest.raises(Refusal, match=r"not the ones you read|条款"):
        confirm_order(order.no, actor=member_actor(seller), terms_hash="0" * 64, request_key=key())
    with pgtrigger.ignore("orders.OrderLine:part_stays"):
        order.lines.update(unit_price_minor=1, amount_minor=10)  # a line changed behind the hash (P31)
    with pytest.raises(Refusal) as refusal:
        confirm_order(order.no, actor=member_actor(seller), terms_hash=order.terms_hash, request_key=key())

    assert refusal.value.code == "terms_changed"
    assert Order.objects.get(pk=order.pk).state == "proposed"


def test_price_is_the_listings_own_and_a_changed_price_is_said():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)

    with pytest.raises(Refusal) as refusal:
        propose_order(seller.pk, actor=member_actor(buyer), lines=[LineTerms(listing.pk, 10, 1)], top_up=None, note="", request_key=key())

    assert refusal.value.code == "price_changed"
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("quantity", "code"), [(0, "proposal_refused"), (-1, "proposal_refused"), (10**12, "proposal_refused"), (9, "below_moq")]
)
def test_quantities_out_of_range_are_refused(quantity, code):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)

    with pytest.raises(Refusal) as refusal:
        proposed_order(buyer, seller, get=[(listing, quantity)])

    assert refusal.value.code == code
    assert Order.objects.count() == 0


def test_nobody_trades_with_itself_or_with_goods_that_are_not_on_sale():
    buyer, seller, third = verified_enterprise(), verified_enterprise(), verified_enterprise()
    mine, foreign = live_listing(buyer), live_listing(third)

    with pytest.raises(Refusal) as own:
        proposed_order(buyer, buyer, get=[(mine, 10)])
    with pytest.raises(NotFound):
        proposed_order(buyer, seller, get=[(foreign, 10)])

    assert own.value.code == "own_enterprise"
    assert Order.objects.count() == 0


def test_without_credit_nothing_is_confirmed_and_nothing_is_reserved():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    order = proposed_order(buyer, seller, get=[(listing, 10)], credit=PRICE)

    from django.db import transaction

    with pytest.raises(Refusal) as refusal, transaction.atomic():
        confirmed(order)

    assert refusal.value.code == "insufficient_funds"
    order.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (order.state, listing.stock.reserved, Tender.objects.get().state) == ("proposed", 0, "agreed")


def test_same_key_proposes_once_and_other_inputs_are_refused():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing, again = live_listing(seller), key()
    send = lambda quantity: propose_order(  # noqa: E731
        seller.pk,
        actor=member_actor(buyer),
        lines=[LineTerms(listing.pk, quantity, listing.price_minor)],
        top_up=TopUp("me", Money(0, CREDIT), Money(1, "CNY")),
        note="",
        request_key=again,
    )

    first, second = send(10), send(10)
    with pytest.raises(Refusal) as refusal:
        send(11)

    assert first.pk == second.pk and Order.objects.count() == 1
    assert refusal.value.code == "key_reused"


@pytest.mark.spec("H21", thin=True)
def test_old_orders_keep_the_old_name():
    buyer, seller = verified_enterprise(), verified_enterprise(name="旧名纸业有限公司")
    listing = live_listing(seller)
    old = proposed_order(buyer, seller, get=[(listing, 10)])

    type(seller).objects.filter(pk=seller.pk).update(name="新名纸业有限公司")
    seller.refresh_from_db()
    new = proposed_order(buyer, seller, get=[(listing, 10)])

    old.refresh_from_db()
    assert old.party_name(seller.pk) == "旧名纸业有限公司"
    assert new.party_name(seller.pk) == "新名纸业有限公司"


def test_goods_leave_only_when_everything_owed_is_held():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = confirmed(proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=PRICE))

    with pytest.raises(Refusal) as refusal:
        shipped(order, seller)

    assert order.state == "confirmed"
    assert refusal.value.code == "not_funded"
    assert order.consignments.get().state == "to_ship"


@pytest.mark.spec("H30", thin=True)
@pytest.mark.parametrize(("carrier", "number"), [("sf", ""), ("sf", "<script>"), ("nobody", "SF1385628716739"), ("jd", "编号一二三")])
def test_a_waybill_must_be_a_number_of_a_known_carrier(carrier, number):
    order, _buyer, seller, _listing = credit_trade()

    with pytest.raises(Refusal) as refusal:
        ship_goods(order.no, actor=member_actor(seller), carrier=carrier, carrier_name="", waybill_no=number, request_key=key())

    assert refusal.value.code == "waybill_malformed"
    assert order.consignments.get().state == "to_ship"


def test_only_the_receiver_accepts_and_only_what_was_shipped():
    order, buyer, seller, _listing = credit_trade()
    consignment = order.consignments.get()

    with pytest.raises(IllegalMove):
        accept_goods(order.no, consignment.pk, actor=member_actor(buyer), request_key=key())
    shipped(order, seller)
    with pytest.raises(NotFound):
        accept_goods(order.no, consignment.pk, actor=member_actor(seller), request_key=key())
    with pytest.raises(NotFound):
        accept_goods(order.no, consignment.pk, actor=member_actor(verified_enterprise()), request_key=key())

    consignment.refresh_from_db()
    assert (consignment.state, credit_of(seller)) == ("shipped", 0)


def test_a_sub_account_without_the_box_is_told_which_one_it_needs():
    order, _buyer, seller, _listing = credit_trade()
    clerk = member_actor(seller, sub_account(seller, "trade"))

    with pytest.raises(Denied) as refusal:
        ship_goods(order.no, actor=clerk, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key())

    assert refusal.value.params["capability"] == "orders.ship"
    assert order.consignments.get().state == "to_ship"


def test_proposals_end_by_decline_withdrawal_and_only_by_the_right_side():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    first, second = (proposed_order(buyer, seller, get=[(listing, 10)]) for _ in range(2))

    with pytest.raises(Denied):
        decline_order(first.no, actor=member_actor(buyer), reason="", request_key=key())
    with pytest.raises(Denied):
        withdraw_order(second.no, actor=member_actor(seller), request_key=key())
    declined = decline_order(first.no, actor=member_actor(seller), reason="too far", request_key=key())
    withdrawn = withdraw_order(second.no, actor=member_actor(buyer), request_key=key())

    assert (declined.state, withdrawn.state) == ("declined", "withdrawn")
