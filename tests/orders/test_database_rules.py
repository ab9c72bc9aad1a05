"""The rules that the database itself keeps: raw SQL, past every service, is refused by the constraint or trigger named here (P31, P2)."""

import re

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.services import deliver_due
from orders.models import Order
from orders.services import note_tracking, request_refund
from tests.worlds import allow_credit, confirmed, key, live_listing, member_actor, proposed_order, shipped, verified_enterprise

pytestmark = pytest.mark.django_db


def refused_by(sql: str) -> str:
    """Name the constraint or trigger that refuses a statement; empty when it goes through."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            transaction.set_rollback(True)
    except DatabaseError as error:
        diag = error.__cause__.diag
        trigger = re.search(r"pgtrigger_(\w+)_[0-9a-f]{5}\(", diag.context or "")
        return diag.constraint_name or (trigger.group(1) if trigger else str(error))
    return ""


def copied(table: str, pk: int, **changes: str) -> str:
    """An INSERT of a row like another, with some columns written differently (SQL text)."""
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table) if column.name != "id"]
    values = ", ".join(changes.get(name, name) for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE id = {pk}"


@pytest.fixture
def rows():
    """A barter under way: goods of the seller on the road, the buyer's not yet, credit held, a refund asked for."""
    buyer, seller = verified_enterprise(), verified_enterprise()
    ours, theirs = live_listing(buyer), live_listing(seller)
    allow_credit(buyer, 5_480_000)
    order = confirmed(proposed_order(buyer, seller, give=[(ours, 10)], get=[(theirs, 20)], credit=5_480_000))
    goods = shipped(order, seller)
    event = note_tracking(
        order.no, goods.pk, actor=member_actor(seller), kind="in_transit", happened_at=goods.shipped_at, place="", request_key=key()
    )
    deliver_due()
    refund = request_refund(order.no, actor=member_actor(buyer), reason="late", request_key=key())
    return {
        "order": order.pk, "line": order.lines.first().pk, "tender": order.tenders.get().pk, "sent": goods.pk,
        "waiting": order.consignments.get(state="to_ship").pk, "refund": refund.pk, "paper": order.papers.get().pk, "event": event.pk,
        "place": order.destinations.first().pk, "buyer": buyer.pk, "seller": seller.pk,
    }  # fmt: skip


def attempts(pk: dict) -> list[tuple[str, str]]:
    """(who must refuse, statement), every statement wrong in one way only."""

    def update(table: str, which: str, text: str) -> str:
        return f"UPDATE orders_{table} SET {text} WHERE id = {pk[which]}"

    line, tender, place, sent = (f"orders_{name}" for name in ("orderline", "tender", "destination", "consignment"))
    lines = ("unit_price_minor = 1, amount_minor = quantity", "currency = 'USD'", "quantity = 5, amount_minor = 5 * unit_price_minor")
    terms = ("no = 'B1'", "currency = 'USD'", "proposer_name = 'x'", "responder_registration_no = 'x'", "created_at = now()")
    amounts = ("amount_minor = 1", "payer_id = payee_id, payee_id = payer_id", "kind = 'cash', currency = 'CNY'")
    return [
        *(("part_stays", update("orderline", "line", text)) for text in lines),
        ("part_is_kept", f"DELETE FROM {line} WHERE id = {pk['line']}"),
        ("line_price_not_negative", copied(line, pk["line"], unit_price_minor="-1", amount_minor="-quantity")),
        ("line_amount_is_product", copied(line, pk["line"], amount_minor="1")),
        ("line_quantity_positive", copied(line, pk["line"], quantity="0", amount_minor="0")),
        *(("order_terms_stay", update("order", "order", text)) for text in terms),
        ("order_terms_stay", update("order", "order", f"proposer_id = {pk['seller']}, responder_id = {pk['buyer']}")),
        ("order_note_stays", update("order", "order", "note = 'x'")),
        ("order_version_steps", update("order", "order", "version = 3")),
        ("order_hash_stays", update("order", "order", "terms_hash = repeat('0', 64)")),
        ("order_two_parties", copied("orders_order", pk["order"], responder_id="proposer_id")),
        ("order_confirmed_at", update("order", "order", "confirmed_at = NULL")),
        ("order_funded_at", update("order", "order", "funded_at = NULL")),
        ("order_shipped_at", update("order", "order", "shipped_at = NULL")),
        ("order_shipped_at", update("order", "order", "state = 'completed', completed_at = now(), shipped_at = NULL")),
        ("order_completed_at", update("order", "order", "state = 'completed'")),
        ("order_ended_at", update("order", "order", "state = 'cancelled'")),
        ("order_state", update("order", "order", "state = 'paid'")),
        *(("tender_terms_stay", update("tender", "tender", text)) for text in amounts),
        ("tender_secured", update("tender", "tender", "hold_id = NULL")),
        ("tender_secured", copied(tender, pk["tender"], kind="'cash'", currency="'CNY'", hold_id="NULL")),
        ("tender_secured", copied(tender, pk["tender"], kind="'cash'", currency="'CNY'")),
        ("tender_two_parties", copied(tender, pk["tender"], payee_id="payer_id")),
        ("tender_positive", copied(tender, pk["tender"], amount_minor="-1")),
        ("tender_currency", copied(tender, pk["tender"], currency="'CNY'")),
        ("consignment_shipped_at", update("consignment", "sent", "shipped_at = NULL")),
        ("consignment_shipped_at", update("consignment", "waiting", "state = 'shipped', waybill_no = 'X1'")),
        ("consignment_waybill", update("consignment", "sent", "waybill_no = ''")),
        ("consignment_accepted_at", update("consignment", "sent", "state = 'accepted'")),
        ("consignment_fate", update("consignment", "sent", "fate = 'returned'")),
        ("consignment_fate", update("consignment", "waiting", "fate = 'given_up', state = 'cancelled'")),
        ("consignment_parties_stay", update("consignment", "sent", "giver_id = receiver_id, receiver_id = giver_id")),
        ("consignment_two_parties", copied(sent, pk["sent"], receiver_id="giver_id")),
        ("refund_answered_at", update("refund", "refund", "state = 'rejected'")),
        ("refund_settled_at", update("refund", "refund", "state = 'settled', answered_at = now()")),
        ("refund_request_stays", update("refund", "refund", "reason = 'other'")),
        ("part_stays", update("destination", "place", "address = 'elsewhere'")),
        ("destination_has_address", copied(place, pk["place"], address="''")),
        ("destination_commitments", copied(place, pk["place"], phone_commitment="''")),
        ("append_only", update("orderpaper", "paper", "kind = 'other'")),
        ("append_only", update("trackingevent", "event", "kind = 'lost'")),
    ]


@pytest.mark.spec("C14", thin=True)
def test_raw_sql_is_refused_by_the_rule_that_it_breaks(rows):
    wanted = attempts(rows)

    found = [(refused_by(sql), sql) for _name, sql in wanted]

    assert found == wanted


def test_what_no_rule_forbids_goes_through(rows):
    assert refused_by(f"UPDATE orders_order SET end_reason = 'x' WHERE id = {rows['order']}") == ""
    assert refused_by(f"UPDATE orders_consignment SET signed_at = now() WHERE id = {rows['sent']}") == ""


def test_the_hash_changes_only_when_terms_are_confirmed():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = proposed_order(buyer, seller, get=[(live_listing(seller), 10)])
    stay = f"UPDATE orders_order SET terms_hash = repeat('0', 64) WHERE id = {order.pk}"
    confirming = f"UPDATE orders_order SET terms_hash = repeat('0', 64), state = 'confirmed', confirmed_at = now() WHERE id = {order.pk}"

    assert (refused_by(stay), refused_by(confirming)) == ("order_hash_stays", "")
    assert Order.objects.get(pk=order.pk).terms_hash == order.terms_hash
