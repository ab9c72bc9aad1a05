"""Goods kept for a named buyer: blocked for all others, taken by the buyer's orders, freed by the clock (H59)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection

from catalog.audits import stock as audit_stock
from catalog.models import BuyerReservation, Stock, StockReservation
from catalog.services import (
    Wanted,
    accept_reservation,
    ask_reservation,
    decline_reservation,
    expire_reservation,
    move_stock,
    release_reservation,
    reserve_for_buyer,
    reserve_stock,
    set_threshold,
    withdraw_reservation,
)
from kernel.chains import enterprise_chain
from kernel.clock import now, telling
from kernel.models import ChainLink, Fact
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from kernel.timer import COMMAND
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.races import race
from tests.worlds import (
    allow_credit,
    confirmed,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    staff_actor,
    sub_account,
    verified_enterprise,
    vip_enterprise,
)


@pytest.fixture
def world(db):
    seller, buyer = verified_enterprise(), vip_enterprise()
    return seller, buyer, live_listing(seller, stock=100)


def kept(seller, buyer, listing, quantity=60, days=3):
    return reserve_for_buyer(
        listing.no, actor=member_actor(seller), buyer=buyer.handle, quantity=Decimal(quantity), until=now() + timedelta(days=days),
        request_key=key(),
    )  # fmt: skip


def asked(buyer, listing, quantity=60):
    until = now() + timedelta(days=3)
    return ask_reservation(listing.no, actor=member_actor(buyer), quantity=Decimal(quantity), until=until, request_key=key())


@pytest.mark.spec("H59")
def test_only_vip_companies_ask_for_a_reservation_and_their_privilege_is_asked_each_time(world, client):
    from accounts.services import end_privilege

    seller, buyer, listing = world
    other = verified_enterprise()
    with refused("not_vip"):
        asked(other, listing)
    client.cookies["django_language"] = "en"
    for firm, offered in ((other, False), (buyer, True)):
        client.force_login(main_account(firm))
        assert (f"/goods/{listing.no}/reservation/" in client.get(f"/goods/{listing.no}/").text) is offered
        page = client.get(f"/goods/{listing.no}/reservation/").text
        assert ('name="quantity"' in page, "privilege of VIP companies" in page) == (offered, not offered)
    asked(buyer, listing, 1)

    end_privilege(buyer.privilege.pk, actor=COMMAND, reason="x", request_key=key())
    with refused("not_vip"):
        asked(buyer, live_listing(seller, stock=10), 1)
    kept(seller, other, listing, 1)
    assert levels(listing) == (100, 1), "a seller keeps goods for whom it likes"


def test_an_order_with_two_lines_of_the_same_goods_takes_the_rest_from_free_stock(world):
    seller, buyer, listing = world
    reservation = kept(seller, buyer, listing, 60)
    lines = [Wanted(listing.pk, Decimal(60), "line:a", buyer_id=buyer.pk), Wanted(listing.pk, Decimal(30), "line:b", buyer_id=buyer.pk)]

    reserve_stock(lines, actor=member_actor(buyer))

    reservation.refresh_from_db()
    assert (reservation.state, levels(listing)) == ("used", (100, 90))
    assert [row.taken_from_id for row in StockReservation.objects.order_by("ref")] == [reservation.pk, None]
    assert list(audit_stock()) == []


def levels(listing):
    stock = Stock.objects.get(pk=listing.pk)
    return int(stock.on_hand), int(stock.reserved)


@pytest.mark.spec("H59", thin=True)
def test_what_is_kept_for_one_buyer_is_sold_to_nobody_else_and_taken_by_its_order(world):
    seller, buyer, listing = world
    other = verified_enterprise()
    reservation = kept(seller, buyer, listing)
    assert levels(listing) == (100, 60)

    with refused("stock_short"):
        proposed_order(other, seller, get=[(listing, 50)], cash=1)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 50)], cash=50 * listing.price_minor))

    reservation.refresh_from_db()
    assert (reservation.state, reservation.rest, levels(listing)) == ("held", 10, (100, 60))
    assert StockReservation.objects.get(ref=order.lines.get().ref).taken_from_id == reservation.pk
    assert list(audit_stock()) == []
    confirmed(proposed_order(buyer, seller, get=[(listing, 30)], cash=30 * listing.price_minor))
    reservation.refresh_from_db()
    assert (reservation.state, levels(listing)) == ("used", (100, 80))
    assert list(audit_stock()) == []


@pytest.mark.spec("H59", thin=True)
def test_p20_the_clock_frees_what_was_not_ordered_and_tells_both(world):
    seller, buyer, listing = world
    reservation = kept(seller, buyer, listing)
    with telling(now() + timedelta(days=3, minutes=1)):
        sweep_deadlines()
        deliver_due()

    reservation.refresh_from_db()
    assert (reservation.state, levels(listing)) == ("expired", (100, 0))
    fact = Fact.objects.get(name="catalog.reservation_ended")
    chains = set(ChainLink.objects.filter(fact=fact).values_list("chain", flat=True))
    assert chains == {enterprise_chain(seller.pk), enterprise_chain(buyer.pk)}
    told = set(Notice.objects.filter(fact=fact).values_list("recipient_id", flat=True))
    assert told == {main_account(seller).pk, main_account(buyer).pk}
    assert not expire_reservation(reservation.pk)


def test_a_reservation_that_has_run_out_is_not_the_buyers_before_its_clock_fires(world):
    seller, buyer, listing = world
    kept(seller, buyer, listing)
    with telling(now() + timedelta(days=3, minutes=1)), refused("stock_short"):
        reserve_stock([Wanted(listing.pk, Decimal(50), "late", buyer_id=buyer.pk)], actor=member_actor(seller))


@pytest.mark.spec("H59", thin=True)
def test_a_buyer_asks_and_the_seller_answers(world):
    seller, buyer, listing = world
    request = asked(buyer, listing)
    assert levels(listing) == (100, 0)
    with pytest.raises(NotFound):
        accept_reservation(request.no, actor=member_actor(buyer), request_key=key())

    accepted = accept_reservation(request.no, actor=member_actor(seller), request_key=key())

    assert (accepted.state, levels(listing)) == ("held", (100, 60))
    with refused("promised_to_buyer", Denied):
        release_reservation(request.no, actor=member_actor(seller), request_key=key())
    release_reservation(request.no, actor=member_actor(buyer), request_key=key())
    assert levels(listing) == (100, 0)
    second = asked(buyer, listing)
    decline_reservation(second.no, actor=member_actor(seller), request_key=key())
    third = asked(buyer, listing)
    withdraw_reservation(third.no, actor=member_actor(buyer), request_key=key())
    with pytest.raises(IllegalMove):
        accept_reservation(third.no, actor=member_actor(seller), request_key=key())


def test_p12_strangers_and_people_without_the_box_reserve_nothing(world):
    seller, buyer, listing = world
    reservation = kept(seller, buyer, listing)
    stranger = member_actor(verified_enterprise())
    until = now() + timedelta(days=1)

    with pytest.raises(NotFound):
        release_reservation(reservation.no, actor=stranger, request_key=key())
    with pytest.raises(NotFound):
        reserve_for_buyer(listing.no, actor=stranger, buyer=buyer.handle, quantity=Decimal(1), until=until, request_key=key())
    clerk = member_actor(seller, sub_account(seller, "trade"))
    with pytest.raises(Denied):
        reserve_for_buyer(listing.no, actor=clerk, buyer=buyer.handle, quantity=Decimal(1), until=until, request_key=key())
    assert levels(listing) == (100, 60)


def test_staff_may_keep_goods_and_give_them_up(world):
    seller, buyer, listing = world
    staff, until = staff_actor("catalog.add_buyerreservation"), now() + timedelta(days=1)
    made = reserve_for_buyer(listing.no, actor=staff, buyer=buyer.name, quantity=Decimal(5), until=until, note="排产", request_key=key())
    deliver_due()

    assert (made.asked_by, levels(listing)) == ("staff", (100, 5))
    assert Notice.objects.filter(recipient=main_account(seller)).exists()
    release_reservation(made.no, actor=staff, reason="买方取消", request_key=key())
    assert levels(listing) == (100, 0)
    with pytest.raises(NotFound):
        release_reservation(made.no, actor=staff_actor(), request_key=key())


@pytest.mark.parametrize(
    ("quantity", "days", "buyer", "code"),
    [(101, 1, "", "stock_short"), (0, 1, "", "reservation_quantity"), (1, 0, "", "reservation_until"), (1, 91, "", "reservation_until"),
     (1, 1, "nobody", "buyer_unknown")],
)  # fmt: skip
def test_a_reservation_that_makes_no_sense_is_refused_at_its_field(world, quantity, days, buyer, code):
    seller, firm, listing = world
    until = now() + timedelta(days=days, seconds=-1 if not days else 0)
    with refused(code) as refusal:
        reserve_for_buyer(
            listing.no, actor=member_actor(seller), buyer=buyer or firm.handle, quantity=Decimal(quantity), until=until, request_key=key()
        )
    assert refusal.value.params["fields"]


def test_one_open_reservation_a_buyer_and_few_open_requests(world):
    seller, buyer, listing = world
    kept(seller, buyer, listing, 1)
    with refused("reserved_already"):
        kept(seller, buyer, listing, 1)
    for _ in range(5):
        asked(buyer, live_listing(seller, stock=10), 1)
    with refused("too_many_asked"):
        asked(buyer, live_listing(seller, stock=10), 1)


@pytest.mark.spec("H32")
def test_low_stock_is_told_once_until_it_is_restocked(world):
    seller, _buyer, listing = world
    actor = member_actor(seller)
    set_threshold(listing.no, actor=actor, low_at=Decimal(20), request_key=key())

    def told():
        sweep_deadlines()
        deliver_due()
        return Fact.objects.filter(name="catalog.stock_ran_low").count()

    assert told() == 0
    reserve_stock([Wanted(listing.pk, Decimal(85), "line")], actor=actor)
    assert told() == 1
    reserve_stock([Wanted(listing.pk, Decimal(5), "more")], actor=actor)
    assert told() == 1
    move_stock(listing.no, actor=actor, kind="in", quantity=Decimal(50), reason="x", request_key=key())
    assert (told(), Stock.objects.get(pk=listing.pk).low_since) == (1, None)
    move_stock(listing.no, actor=actor, kind="out", quantity=Decimal(55), reason="x", request_key=key())
    assert told() == 2
    assert Notice.objects.filter(recipient=main_account(seller), url__contains=listing.no, msgid__contains="running low").count() == 2


@pytest.mark.spec("H32")
@pytest.mark.spec("H59", thin=True)
@pytest.mark.parametrize("locked", [True, False], ids=["services", "canary"])
@pytest.mark.django_db(transaction=True)
def test_p3_fifty_buyers_with_reservations_that_run_out_and_are_used_never_oversell(locked, monkeypatch):
    """20 units are held for one buyer, 20 run out now, 10 are free; 48 threads want 1 each, the clock and the buyer act meanwhile."""
    seller, vip, gone = verified_enterprise(), verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=50)
    kept(seller, vip, listing, 20)
    running_out = kept(seller, gone, listing, 20)
    BuyerReservation.objects.filter(pk=running_out.pk).update(until=now())
    actor = member_actor(seller)
    if not locked:
        _take_the_locks_away(monkeypatch)

    def buy(n, buyer_id=None, quantity=1):
        return reserve_stock([Wanted(listing.pk, Decimal(quantity), f"line:{n}", buyer_id=buyer_id)], actor=actor)

    acts = [partial(expire_reservation, running_out.pk), partial(buy, 99, vip.pk, 20), *(partial(buy, n) for n in range(48))]
    outcomes = [result for start in (0, 25) for result in race(acts[start : start + 25])]

    held = int(sum(row.quantity for row in StockReservation.objects.filter(state="held")))
    kept_back = int(sum(row.rest for row in BuyerReservation.objects.filter(state="held")))
    stock = Stock.objects.get(pk=listing.pk)
    if locked:
        odd = [o for o in outcomes if isinstance(o, Exception) and not (isinstance(o, Refusal) and o.code == "stock_short")]
        assert odd == []
        assert (held + kept_back, int(stock.reserved)) == (int(stock.reserved), held + kept_back)
        assert held + kept_back <= 50 and StockReservation.objects.filter(ref="line:99").exists()
        assert list(audit_stock()) == []
    else:
        assert held + kept_back != int(stock.reserved), "without the lock promises and reserved stock must drift apart"


def _take_the_locks_away(monkeypatch):
    import time

    from catalog.services import stock

    def unlocked(rows, pks):
        found = list(rows.filter(pk__in=pks))
        time.sleep(0.02)
        return found

    monkeypatch.setattr(stock, "lock_all", unlocked)
    assert connection is not None


@pytest.mark.spec("H32")
def test_a_buyer_that_leaves_orders_unpaid_holds_no_more_goods(world, settings):
    settings.UNPAID_ORDERS_MOST = 2
    seller, buyer, listing = world
    allow_credit(buyer, 10**9)
    price = 10 * listing.price_minor
    waiting = proposed_order(buyer, seller, get=[(listing, 10)], cash=price)
    for _ in range(2):
        confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=price))

    with refused("too_many_unpaid"):
        proposed_order(buyer, seller, get=[(listing, 10)], cash=price)
    with refused("too_many_unpaid"):
        confirmed(waiting)
    confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=price))  # what is paid with the order waits for nobody
