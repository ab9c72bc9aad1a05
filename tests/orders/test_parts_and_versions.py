"""Part shipments beside everything else that happens to an order: amendments, refunds, clocks, papers, the audit (H25, H31, H34)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from catalog.models import StockMovement, StockReservation
from kernel.clock import now, telling
from kernel.money import CREDIT
from kernel.refusals import Refusal
from kernel.services import deliver_due, sweep_deadlines
from ledger.queries import balance, held
from orders import audits
from orders.models import Amendment, Consignment, ConsignmentLine, Order, OrderLine
from orders.negotiation_rules import NewLine
from orders.services import accept_goods, approve_refund, ask_paper, note_tracking, request_refund, ship_goods
from orders.services.funding import lock_what_ends
from orders.services.parts import drop_parts
from orders.services.shipping import complete_if_accepted
from orders.services.trade_papers import paper_html
from tests.journeys.browsing import office_of
from tests.worlds import (
    allow_credit,
    confirmed,
    credit_trade,
    key,
    live_listing,
    member_actor,
    proposed_order,
    shipped,
    verified_enterprise,
)

from .test_amendments import change, confirms, proposes, refusal_of, sound

pytestmark = pytest.mark.django_db
PRICE = 548_000


def part(order, seller, many, n=0, line=None):
    line = line or order.lines.get()
    return ship_goods(
        order.no, actor=member_actor(seller), parts={line.pk: many}, carrier="sf", carrier_name="", waybill_no=f"SF13856287167{39 + n}",
        request_key=key(),
    )  # fmt: skip


def takes(order, goods, buyer):
    accept_goods(order.no, goods.pk, actor=member_actor(buyer), request_key=key())
    order.refresh_from_db()
    return order


def levels(listing):
    listing.stock.refresh_from_db()
    return int(listing.stock.on_hand), int(listing.stock.reserved)


def carried(order):
    rows = ConsignmentLine.objects.filter(consignment__order=order)
    return sorted(rows.values_list("consignment__state", "quantity", "line__since_version"))


def clean() -> bool:
    return sound() and not [*audits.consignments()]


@pytest.mark.spec("H31")
def test_three_part_shipments_are_tracked_and_accepted_each_for_itself_and_the_last_pays():
    order, buyer, seller, listing = credit_trade()
    first, second = part(order, seller, 3), part(order, seller, 3, 1)
    assert takes(order, second, buyer).state == "shipped"  # in any order
    third = part(order, seller, 4, 2)
    assert carried(order) == [("accepted", 3, 1), ("shipped", 3, 1), ("shipped", 4, 1)]
    assert levels(listing) == (90, 0) and clean()

    assert takes(order, third, buyer).state == "shipped" and balance(seller.pk, CREDIT).minor == 0
    assert takes(order, first, buyer).state == "completed"

    assert balance(seller.pk, CREDIT).minor == 10 * PRICE and clean()
    assert sorted(StockMovement.objects.filter(kind="ship").values_list("quantity", flat=True)) == [-4, -3, -3]


@pytest.mark.spec("H31")
def test_silence_accepts_one_load_and_the_order_waits_for_the_rest():
    order, buyer, seller, _listing = credit_trade()
    first = part(order, seller, 4)
    note_tracking(order.no, first.pk, actor=member_actor(buyer), kind="signed", happened_at=now(), place="", request_key=key())
    with telling(now() + timedelta(days=3)):
        second = part(order, seller, 6, 1)
    with telling(now() + timedelta(days=11)):
        sweep_deadlines()
        deliver_due()

    first.refresh_from_db()
    second.refresh_from_db()
    order.refresh_from_db()
    assert (first.state, second.state, order.state) == ("accepted", "shipped", "shipped")
    with telling(now() + timedelta(days=80)):
        sweep_deadlines()
        deliver_due()
        order.refresh_from_db()
        assert order.state == "completed" and clean()


@pytest.mark.spec("H25", "H31")
def test_after_the_first_part_terms_change_for_what_has_not_left_only():
    order, buyer, seller, listing = credit_trade()
    allow_credit(buyer, 20_000_000)
    first = part(order, seller, 4)
    for wanted in (change(order, quantity=3), change(order, price=PRICE - 1)):
        assert refusal_of(lambda wanted=wanted: proposes(order, buyer, wanted)) == "amendment_refused"

    confirms(proposes(order, buyer, change(order, quantity=12)), seller)
    order.refresh_from_db()

    assert carried(order) == [("shipped", 4, 2), ("to_ship", 8, 2)]
    assert levels(listing) == (96, 8) and held(buyer.pk, CREDIT).minor == 12 * PRICE and clean()
    takes(order, first, buyer)
    assert takes(order, part(order, seller, 8, 1), buyer).state == "completed"
    assert balance(seller.pk, CREDIT).minor == 12 * PRICE and levels(listing) == (88, 0) and clean()


@pytest.mark.spec("H25", "H31")
@pytest.mark.parametrize("taken", [True, False], ids=["all that left is accepted", "something is on its way"])
def test_agreeing_that_no_more_is_sent_pays_for_what_left_and_nothing_else(taken):
    order, buyer, seller, listing = credit_trade()
    first = part(order, seller, 4)
    if taken:
        takes(order, first, buyer)

    made = proposes(order, buyer, change(order, quantity=4))
    page = office_of(seller).get(reverse("orders:amendment", args=[order.no, made.pk])).text
    assert ("the order is completed and paid out" in page, "We ship nothing more" in page) == (taken, not taken)
    confirms(made, seller)
    order.refresh_from_db()

    assert levels(listing) == (96, 0) and not StockReservation.objects.filter(state="held").exists()
    assert set(order.consignments.values_list("state", flat=True)) == {"accepted" if taken else "shipped", "cancelled"}
    if not taken:
        assert (order.state, held(buyer.pk, CREDIT).minor) == ("shipped", 4 * PRICE) and clean()
        with pytest.raises(Refusal) as refusal:
            part(order, seller, 1, 1)
        assert refusal.value.code == "nothing_to_ship"
        takes(order, first, buyer)
    assert (order.state, balance(seller.pk, CREDIT).minor, held(buyer.pk, CREDIT).minor) == ("completed", 4 * PRICE, 0) and clean()


@pytest.mark.spec("H25")
def test_a_change_that_was_proposed_before_a_part_left_cannot_take_it_back():
    order, buyer, seller, _listing = credit_trade()
    made = proposes(order, buyer, change(order, quantity=3))
    part(order, seller, 4)

    assert refusal_of(lambda: confirms(made, seller)) == "amendment_refused"

    order.refresh_from_db()
    assert order.version == 1 and clean()


@pytest.mark.spec("H25")
def test_further_goods_join_what_has_still_to_be_shipped():
    order, buyer, seller, listing = credit_trade()
    allow_credit(buyer, 20_000_000)
    other = live_listing(seller, stock=20)
    part(order, seller, 4)
    line = order.lines.get()
    lines = (NewLine(line.pk, line.listing_id, 10, PRICE), NewLine(None, other.pk, 2, PRICE))

    confirms(proposes(order, buyer, change(order, lines=lines, credit=12 * PRICE)), seller)
    order.refresh_from_db()

    assert carried(order) == [("shipped", 4, 1), ("to_ship", 2, 2), ("to_ship", 6, 1)] and clean()
    shipped(order, seller)
    assert (levels(listing), levels(other)) == ((90, 0), (18, 0)) and clean()


@pytest.mark.spec("H25", thin=True)
def test_where_goods_have_gone_to_stays_while_the_rest_waits():
    order, buyer, seller, _listing = credit_trade()
    part(order, seller, 4)

    assert refusal_of(lambda: proposes(order, buyer, change(order, address="新仓库 9 号"))) == "amendment_refused"


@pytest.mark.spec("H25", thin=True)
def test_the_form_of_changed_terms_says_how_much_has_left():
    order, buyer, seller, _listing = credit_trade()
    part(order, seller, 4)
    line, client = order.lines.get(), office_of(buyer)
    url = reverse("orders:amendment_new", args=[order.no])
    page = client.get(url)
    assert "4 have been shipped" in page.text
    data = {name: page.context["form"].initial.get(name, "") for name in ("request_key", "seen_hash", "payer", "credit", "cash")}

    answer = client.post(url, {**data, f"quantity_{line.pk}": "3", f"price_{line.pk}": "5480", "reason": "短交"})

    assert answer.status_code == 422 and f"quantity_{line.pk}" in answer.context["form"].errors
    assert not Amendment.objects.exists()


@pytest.mark.spec("H34", "B03")
@pytest.mark.parametrize("fate", ["returned", "given_up"])
def test_a_refund_with_one_part_accepted_no_more_one_on_its_way_and_one_not_left(fate):
    order, buyer, seller, listing = credit_trade()
    first, second = part(order, seller, 3), part(order, seller, 3, 1)
    refund = request_refund(order.no, actor=member_actor(buyer), reason="too late", request_key=key())
    with pytest.raises(Refusal) as refusal:  # of each load that left its giver says what became of it
        approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key(), fates={first.pk: fate})
    assert refusal.value.code == "goods_unsettled"

    fates = {first.pk: fate, second.pk: "given_up"}
    approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key(), fates=fates)

    order.refresh_from_db()
    assert levels(listing) == ((97 if fate == "returned" else 94), 0)
    assert (order.state, held(buyer.pk, CREDIT).minor, balance(buyer.pk, CREDIT).minor) == ("cancelled", 0, 0) and clean()
    rows = order.consignments.order_by("pk").values_list("state", "fate")
    assert list(rows) == [("cancelled", fate), ("cancelled", "given_up"), ("cancelled", "")]


@pytest.mark.spec("H34", "H25")
def test_an_order_is_undone_after_the_rest_was_dropped_by_an_amendment():
    order, buyer, seller, listing = credit_trade()
    first = part(order, seller, 4)
    confirms(proposes(order, buyer, change(order, quantity=4)), seller)
    refund = request_refund(order.no, actor=member_actor(buyer), reason="wet", request_key=key())

    approve_refund(order.no, refund.pk, actor=member_actor(seller), request_key=key(), fates={first.pk: "returned"})

    order.refresh_from_db()
    assert order.state == "cancelled" and levels(listing) == (100, 0) and held(buyer.pk, CREDIT).minor == 0 and clean()


def dropped(order, seller, many):
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
        lock_what_ends(locked)
        return drop_parts(locked, seller.pk, {order.lines.get().pk: many}, actor=member_actor(seller))


@pytest.mark.spec("H33", thin=True)
def test_goods_that_will_not_be_sent_are_free_and_no_amendment_brings_them_back():
    order, buyer, seller, listing = credit_trade()
    allow_credit(buyer, 20_000_000)
    first = part(order, seller, 4)
    gone = dropped(order, seller, 2)

    assert (gone.state, gone.shipped_at, gone.parts) == ("cancelled", None, [(order.lines.get().pk, 2)])
    assert carried(order) == [("cancelled", 2, 1), ("shipped", 4, 1), ("to_ship", 4, 1)] and levels(listing) == (96, 4) and clean()
    assert refusal_of(lambda: proposes(order, buyer, change(order, quantity=5))) == "amendment_refused"
    with pytest.raises(Refusal) as refusal:
        dropped(order, seller, 5)
    assert refusal.value.code == "part_wrong"

    confirms(proposes(order, buyer, change(order, quantity=11)), seller)
    assert carried(order) == [("cancelled", 2, 2), ("shipped", 4, 2), ("to_ship", 5, 2)] and levels(listing) == (96, 5) and clean()
    dropped(order, seller, 5)
    assert levels(listing) == (96, 0) and clean()
    assert takes(order, first, buyer).state == "completed" and clean()


@pytest.mark.spec("H33", thin=True)
def test_an_order_of_which_the_rest_is_dropped_is_completed_by_whoever_drops_it():
    order, buyer, seller, _listing = credit_trade()
    takes(order, part(order, seller, 4), buyer)
    dropped(order, seller, 6)

    with transaction.atomic():
        from kernel.services import lock

        complete_if_accepted(lock(Order.objects.all(), pk=order.pk), actor=member_actor(buyer))

    order.refresh_from_db()
    assert order.state == "completed" and clean()


@pytest.mark.spec("B18", "H31")
def test_each_part_has_a_delivery_note_of_what_it_carries():
    order, buyer, seller, _listing = credit_trade()
    first, second = part(order, seller, 4), part(order, seller, 6, 1)
    papers = [
        ask_paper(order.no, actor=member_actor(buyer), kind="delivery", about=goods.pk, request_key=key()) for goods in (first, second)
    ]
    said = [(paper.consignment_id, paper.content["shipment"], [line["quantity"] for line in paper.content["lines"]]) for paper in papers]
    assert said == [(first.pk, 1, ["4"]), (second.pk, 2, ["6"])]
    assert "第 2 批 No. 2" in paper_html(papers[1])

    whole, _buyer, giver, _goods = credit_trade()
    alone = ask_paper(whole.no, actor=member_actor(giver), kind="delivery", about=shipped(whole, giver).pk, request_key=key())
    assert "shipment" not in alone.content and "批次" not in paper_html(alone)


@pytest.mark.spec("H31")
def test_both_sides_of_a_barter_ship_in_parts_of_their_own():
    first, second = verified_enterprise(), verified_enterprise()
    paper, machine = live_listing(second), live_listing(first, stock=50)
    order = confirmed(proposed_order(first, second, give=[(machine, 10)], get=[(paper, 10)]))
    lines = {line.giver_id: line for line in order.lines.all()}
    a, b = part(order, second, 4, line=lines[second.pk]), part(order, first, 9, 1, line=lines[first.pk])
    with pytest.raises(Refusal) as refusal:
        part(order, first, 1, 2, line=lines[second.pk])
    assert refusal.value.code == "part_wrong"
    takes(order, a, first)
    takes(order, b, second)
    c, d = shipped(order, first), shipped(order, second)
    takes(order, c, second)

    assert takes(order, d, first).state == "completed"
    assert (levels(paper), levels(machine)) == ((90, 0), (40, 0)) and clean()


@pytest.mark.parametrize("harm", ["forget", "double", "end", "erase"])
def test_the_database_keeps_shipments_and_lines_together(harm):
    order, _buyer, seller, _listing = credit_trade()
    first = part(order, seller, 4)
    row = ConsignmentLine.objects.get(consignment=first)

    with pytest.raises(IntegrityError), transaction.atomic():
        if harm == "forget":
            ConsignmentLine.objects.filter(consignment__state="to_ship").delete()
        elif harm == "double":
            goods = Consignment.objects.get(order=order, state="to_ship")
            goods.lines.update(quantity=7)
        elif harm == "end":
            OrderLine.objects.filter(pk=row.line_id).update(ended_version=2)
        else:
            row.delete()
        connection.check_constraints()


def test_the_log_and_both_pages_name_what_each_shipment_carries():
    order, buyer, seller, _listing = credit_trade()
    part(order, seller, 4)
    for firm in (buyer, seller):
        client = office_of(firm)
        page = client.get(reverse("orders:detail", args=[order.no])).text
        assert "× 4 t" in page and "× 6 t" in page and "6 t remain to be shipped" in page
