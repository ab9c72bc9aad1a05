"""A part of an order goes back and the rest goes on: by line, by amount, over every money part, never what was accepted."""

import time
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from credit_guarantee.services import confirm_collection
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from kernel.services import deliver_due
from ledger.queries import balance
from orders.audits import red_invoices
from orders.models import Refund
from orders.part_rules import Claim, shares
from orders.queries.invoicing import rooms_of
from orders.queries.part_refunds import left_of
from orders.services import approve_refund, enter_red_form, reject_refund, request_refund, ship_goods
from tests.races import race
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
    staff_actor,
    verified_enterprise,
)

from .papers import asked_invoice, registered, registered_red

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
UNIT, CREDIT_PART, CASH_PART = 548_000, 3_000_001, 2_479_999


def mixed_purchase():
    """Ten tonnes of paper for credit and cash together, paid."""
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, CREDIT_PART)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=CREDIT_PART, cash=CASH_PART))
    finance = staff_actor("credit_guarantee.confirm_custodian")
    confirm_collection(order.tenders.get(kind="cash").escrow_id, actor=finance, custodian_reference="CB1", request_key=key())
    deliver_due()
    order.refresh_from_db()
    assert order.state == "funded"
    return order, buyer, seller, listing


def ask(order, by, *claims, reason="less needed"):
    return request_refund(order.no, actor=member_actor(by), reason=reason, claims=claims, request_key=key())


def agree(order, refund, by):
    approve_refund(order.no, refund.pk, actor=member_actor(by), request_key=key())
    order.refresh_from_db()


def clean():
    call_command("verify_ledger", stdout=StringIO())  # raises when a check fails


@pytest.mark.spec("H26")
@pytest.mark.spec("H34")
@pytest.mark.spec("B03")
def test_a_part_goes_back_mirrored_over_credit_and_cash_and_the_order_goes_on():
    order, buyer, seller, listing = mixed_purchase()
    line = order.lines.get()

    refund = ask(order, buyer, Claim(line.pk, quantity=3))
    agree(order, refund, seller)
    cheaper = ask(order, buyer, Claim(line.pk, off_minor=36_001))
    agree(order, cheaper, seller)

    listing.stock.refresh_from_db()
    assert order.state == "funded" and (listing.stock.on_hand, listing.stock.reserved) == (100, 7)
    back = {kind: sum(p.amount_minor for t in order.tenders.filter(kind=kind) for p in t.refunded.all()) for kind in ("credit", "cash")}
    assert sum(back.values()) == 3 * UNIT + 36_001
    assert abs(back["credit"] * (CREDIT_PART + CASH_PART) - CREDIT_PART * sum(back.values())) <= 2 * (CREDIT_PART + CASH_PART)
    assert balance(buyer.pk, CREDIT).minor == back["credit"] - CREDIT_PART
    [room] = rooms_of(order, buyer.pk)
    assert room.cap == 7 * UNIT - 36_001

    shipped(order, seller)
    accepted(order, buyer)
    order.refresh_from_db()
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == CREDIT_PART - back["credit"]
    escrow = order.tenders.get(kind="cash").escrow
    assert (escrow.state, escrow.returned_minor) == ("released", back["cash"])
    clean()


@pytest.mark.spec("H34")
def test_after_a_part_the_whole_order_can_still_be_undone_and_every_part_has_its_own_way_back():
    order, buyer, seller, listing = mixed_purchase()
    agree(order, ask(order, buyer, Claim(order.lines.get().pk, quantity=4)), seller)

    whole = request_refund(order.no, actor=member_actor(buyer), reason="all of it", request_key=key())
    agree(order, whole, seller)

    listing.stock.refresh_from_db()
    assert order.state == "cancelled" and listing.stock.reserved == 0 and balance(buyer.pk, CREDIT).minor == 0
    clean()


@pytest.mark.spec("H33")
@pytest.mark.parametrize("off", [0, 1])
def test_p8_what_was_accepted_is_refunded_neither_by_quantity_nor_by_amount(off):
    order, buyer, seller, _listing = credit_trade()
    line = order.lines.get()
    values = {"carrier": "sf", "carrier_name": "", "waybill_no": "SF1385628716739"}
    ship_goods(order.no, actor=member_actor(seller), parts={line.pk: 6}, request_key=key(), **values)
    accepted(order, buyer)

    claim = Claim(line.pk, off_minor=4 * UNIT + 1) if off else Claim(line.pk, quantity=5)
    with pytest.raises(Refusal) as refusal:
        ask(order, buyer, claim)
    assert refusal.value.code == "part_refused" and not Refund.objects.exists()

    agree(order, ask(order, buyer, Claim(line.pk, quantity=4)), seller)  # what never left still can
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == 6 * UNIT
    clean()


@pytest.mark.parametrize(("many", "off"), [(11, 0), (0, 10 * UNIT), (10, 0), (-1, 0), (0, -1), (0, 0), (1, 1)])
def test_what_is_not_a_part_is_refused(many, off):
    order, buyer, _seller, _listing = credit_trade()

    with pytest.raises(Refusal, match=r".") as refusal:
        ask(order, buyer, Claim(order.lines.get().pk, many, off))

    assert refusal.value.code == "part_refused" and not Refund.objects.exists()


def test_goods_for_goods_and_unpaid_orders_are_undone_whole_only():
    a, b = verified_enterprise(), verified_enterprise()
    barter = confirmed(proposed_order(a, b, give=[(live_listing(a), 10)], get=[(live_listing(b), 10)]))
    unpaid = confirmed(proposed_order(a, b, get=[(live_listing(b), 10)], cash=10 * UNIT))

    for order in (barter, unpaid):
        with pytest.raises(Refusal) as refusal:
            ask(order, a, Claim(order.lines.first().pk, quantity=1))
        assert refusal.value.code == "part_refused"


def test_a_refused_part_leaves_everything_as_it_was():
    order, buyer, seller, listing = credit_trade()
    refund = ask(order, buyer, Claim(order.lines.get().pk, quantity=2))

    reject_refund(order.no, refund.pk, actor=member_actor(seller), answer="made to order", request_key=key())

    listing.stock.refresh_from_db()
    assert listing.stock.reserved == 10 and not refund.parts.exists()
    assert rooms_of(order, buyer.pk)[0].cap == 10 * UNIT


@given(left=st.lists(st.integers(1, 10**9), min_size=1, max_size=6), part=st.floats(0, 1))
def test_shares_conserve_the_amount_and_leave_something_of_every_money_part(left, part):
    room = sum(one - 1 for one in left)
    amount = int(room * part)

    found = shares(Money(amount, "CNY"), left)

    assert sum(found) == amount
    assert all(0 <= share < have for share, have in zip(found, left, strict=True))


@pytest.mark.spec("H26")
def test_a_buyer_asks_for_a_part_and_the_seller_agrees_in_the_browser(client):
    order, buyer, seller, _listing = mixed_purchase()
    line = order.lines.get()
    client.force_login(main_account(buyer), backend=BACKEND)
    page = client.get(reverse("orders:refund_part", args=[order.no]))
    assert page.status_code == 200
    url = reverse("orders:refund_part", args=[order.no])
    nothing = client.post(url, {"reason": "less", "request_key": key()})
    assert nothing.status_code == 422 and not Refund.objects.exists()

    client.post(url, {"reason": "less", f"many_{line.pk}": "3", "request_key": key()})
    refund = Refund.objects.get()
    assert refund.kind == "part" and client.get(reverse("orders:detail", args=[order.no])).status_code == 200

    client.force_login(main_account(seller), backend=BACKEND)
    answer = reverse("orders:refund_approval", args=[order.no, refund.pk])
    assert client.get(answer).status_code == 200
    client.post(answer, {"request_key": key()})
    refund.refresh_from_db()
    assert refund.state == "settled" and refund.parts.count() == 2


@pytest.mark.django_db(transaction=True)
def test_p8_two_part_refunds_asked_at_once_open_one():
    order, buyer, _seller, _listing = credit_trade()
    line, actor = order.lines.get(), member_actor(buyer)
    claim = Claim(line.pk, quantity=6)

    results = race([lambda: request_refund(order.no, actor=actor, reason="x", claims=[claim], request_key=key()) for _ in range(4)])

    assert sum(isinstance(one, Refund) for one in results) == 1, results


@pytest.mark.django_db(transaction=True)
def test_p4_a_part_refund_approved_at_once_by_four_clicks_goes_back_once():
    order, buyer, seller, _listing = credit_trade()
    refund = ask(order, buyer, Claim(order.lines.get().pk, quantity=6))
    actor = member_actor(seller)

    results = race([lambda: approve_refund(order.no, refund.pk, actor=actor, request_key=key()) for _ in range(4)])

    assert sum(isinstance(one, Refund) for one in results) == 1, results
    assert balance(buyer.pk, CREDIT).minor == -4 * UNIT
    clean()


@pytest.mark.django_db(transaction=True)
def test_canary_a_naive_part_refund_is_caught_by_this_harness():
    """Read what is left, think, then give back: without the lock more than the money goes back."""
    order, _buyer, _seller, _listing = credit_trade()
    tender = order.tenders.get()

    @transaction.atomic
    def naive():
        if left_of(tender) >= 6 * UNIT:
            time.sleep(0.05)
            return 6 * UNIT
        return 0

    assert sum(race([naive] * 4)) > order.lines.get().amount_minor


@pytest.mark.spec("H28", "H34")
def test_a_part_refund_drops_requests_beyond_what_stays_and_an_issued_invoice_needs_a_red_one():
    order, buyer, seller, _listing = credit_trade()
    issued, asked = asked_invoice(order, buyer, quantity=8), asked_invoice(order, buyer, quantity=2)
    registered(issued, member_actor(seller))
    agree(order, ask(order, buyer, Claim(order.lines.get().pk, quantity=3)), seller)
    deliver_due()

    asked.refresh_from_db()
    assert asked.state == "dropped"
    [finding] = red_invoices()
    assert finding["invoice"] == issued.no
    amounts = {issued.lines.get().pk: UNIT}
    form = enter_red_form(issued.no, actor=member_actor(seller), why="returned", amounts=amounts, request_key=key())
    registered_red(issued, form, member_actor(seller))
    assert not [*red_invoices()] and [room.left for room in rooms_of(order, buyer.pk)] == [0]
