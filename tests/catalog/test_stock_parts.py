"""Promises of goods are divided and given back in part; what is promised in all stays what it was, and a part is freed once."""

from decimal import Decimal

import pytest

from catalog.audits import stock as audit_stock
from catalog.models import Stock, StockReservation
from catalog.services import Wanted, release_stock, release_stock_part, reserve_stock, ship_stock, split_stock
from kernel.refusals import IllegalMove, KeyReused, NotFound
from tests.catalog.refusing import refused
from tests.races import race
from tests.worlds import live_listing, member_actor, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H32", thin=True)]


@pytest.fixture
def world(db):
    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, stock=100)
    reserve_stock([Wanted(listing.pk, Decimal(10), "line:1", "O-1")], actor=actor)
    return actor, listing


def levels(listing):
    stock = Stock.objects.get(pk=listing.pk)
    return int(stock.on_hand), int(stock.reserved)


def promises():
    return sorted(StockReservation.objects.values_list("ref", "quantity", "state"))


def test_a_divided_promise_leaves_in_two_parts_and_promises_no_more_than_before(world):
    actor, listing = world

    split_stock({"line:1": ("line:1:a", Decimal(4))}, actor=actor)
    assert levels(listing) == (100, 10)
    ship_stock(["line:1:a"], actor=actor)

    assert levels(listing) == (96, 6)
    assert promises() == [("line:1", 6, "held"), ("line:1:a", 4, "shipped")]
    assert list(audit_stock()) == []


def test_a_part_of_a_promise_is_given_back_once_and_the_rest_stays(world):
    actor, listing = world

    assert release_stock_part("line:1", Decimal(4), part="line:1:back:7", actor=actor) is True
    assert release_stock_part("line:1", Decimal(4), part="line:1:back:7", actor=actor) is False

    assert levels(listing) == (100, 6)
    assert promises() == [("line:1", 6, "held"), ("line:1:back:7", 4, "released")]
    release_stock(["line:1"], actor=actor)
    assert levels(listing) == (100, 0)
    assert release_stock_part("line:1", Decimal(4), part="line:1:back:7", actor=actor) is False  # late repeats free nothing
    assert list(audit_stock()) == []


def test_nothing_the_whole_and_more_are_no_parts(world):
    actor, listing = world

    for many in (Decimal(0), Decimal(-1), Decimal(10), Decimal(11)):
        with refused("stock_quantity"):
            release_stock_part("line:1", many, part="line:1:back", actor=actor)
        with refused("stock_quantity"):
            split_stock({"line:1": ("line:1:a", many)}, actor=actor)

    assert (levels(listing), promises()) == ((100, 10), [("line:1", 10, "held")])


def test_what_has_left_or_is_free_again_is_not_divided_and_a_name_is_not_used_twice(world):
    actor, listing = world
    reserve_stock([Wanted(listing.pk, Decimal(5), "line:2"), Wanted(listing.pk, Decimal(5), "line:3")], actor=actor)
    ship_stock(["line:2"], actor=actor)

    for act in (lambda ref: split_stock({ref: ("x", Decimal(1))}, actor=actor),
                lambda ref: release_stock_part(ref, Decimal(1), part="x", actor=actor)):  # fmt: skip
        with pytest.raises(IllegalMove):
            act("line:2")
        with pytest.raises(NotFound):
            act("never promised")
    for known in ("line:2", "line:3"):
        with pytest.raises(KeyReused):
            split_stock({"line:1": (known, Decimal(1))}, actor=actor)
        with pytest.raises(KeyReused):
            release_stock_part("line:1", Decimal(1), part=known, actor=actor)

    assert levels(listing) == (95, 15)


@pytest.mark.django_db(transaction=True)
def test_p6_the_same_part_given_back_at_once_by_many_is_free_once(world):
    actor, listing = world

    results = race([lambda: release_stock_part("line:1", Decimal(4), part="line:1:back", actor=actor) for _n in range(6)])

    assert sorted(results) == [False] * 5 + [True]
    assert levels(listing) == (100, 6)
