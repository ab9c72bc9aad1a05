"""What raw SQL tries against stock and requests, the database refuses by name, whoever connects (H32, P3)."""

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Stock, StockMovement, Want
from catalog.services import Wanted, post_want, reserve_stock
from tests.worlds import key, live_listing, member_actor, person, verified_enterprise

pytestmark = pytest.mark.django_db

MOVE = (
    "INSERT INTO catalog_stockmovement (listing_id, kind, quantity, balance, reason, document_no, ref, at)"
    " VALUES (%(listing)s, 'in', {quantity}, {balance}, '', '', '', now())"
)
ATTEMPTS = [
    ("UPDATE catalog_stock SET on_hand = 101 WHERE listing_id = %(listing)s", "stock_follows_movements"),
    ("UPDATE catalog_stock SET on_hand = on_hand - 1 WHERE listing_id = %(listing)s", "stock_follows_movements"),
    ("UPDATE catalog_stock SET reserved = 101 WHERE listing_id = %(listing)s", "stock_never_oversold"),
    ("UPDATE catalog_stock SET reserved = -1 WHERE listing_id = %(listing)s", "stock_never_oversold"),
    ("UPDATE catalog_stock SET on_hand = 29 WHERE listing_id = %(listing)s", "stock_never_oversold"),
    (MOVE.format(quantity=5, balance=105), "stock_follows_movements"),
    (MOVE.format(quantity=5, balance=104), "movement_continues"),
    (MOVE.format(quantity=0, balance=100), "movement_not_zero"),
    (MOVE.format(quantity=-101, balance=-1), "movement_balance"),
    ("UPDATE catalog_stockreservation SET quantity = 0 WHERE listing_id = %(listing)s", "reservation_positive"),
    ("UPDATE catalog_stockreservation SET state = 'gone' WHERE listing_id = %(listing)s", "reservation_state"),
    ("UPDATE catalog_want SET person_id = %(person)s WHERE enterprise_id IS NOT NULL", "want_has_one_owner"),
    ("UPDATE catalog_want SET enterprise_id = NULL WHERE enterprise_id IS NOT NULL", "want_has_one_owner"),
    ("UPDATE catalog_want SET quantity = 0", "want_positive"),
    ("UPDATE catalog_listing SET moq = 0 WHERE id = %(listing)s", "listing_moq_positive"),
    ("UPDATE catalog_listing SET published_at = NULL WHERE id = %(listing)s", "live_has_time"),
]


@pytest.fixture
def rows():
    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, stock=100)
    reserve_stock([Wanted(listing.pk, 30, "line:1", "B1")], actor=actor)
    post_want(actor=actor, category="PAP", title="求购木浆", quantity=5, unit="t", can_give="", request_key=key())
    return {"listing": listing.pk, "person": person().pk}


@pytest.mark.parametrize("role", ["owner", "application"])
@pytest.mark.parametrize(("sql", "name"), ATTEMPTS)
def test_what_does_not_follow_is_refused_by_name(rows, sql, name, role):
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        if role == "application":
            cursor.execute("SET LOCAL ROLE barter_app")
        cursor.execute(sql, rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert refused.value.__cause__.diag.constraint_name == name
    assert list(Stock.objects.values_list("on_hand", "reserved")) == [(100, 30)]
    assert (StockMovement.objects.count(), Want.objects.filter(person=None).count()) == (1, 1)


def test_a_movement_with_its_shelf_passes(rows):
    with connection.cursor() as cursor:
        cursor.execute(MOVE.format(quantity=5, balance=105), rows)
        cursor.execute("UPDATE catalog_stock SET on_hand = 105 WHERE listing_id = %(listing)s", rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert Stock.objects.get().on_hand == 105
