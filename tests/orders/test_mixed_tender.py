"""One order paid in goods, barter credit and cash together: held apart, paid out or given back apart, and the ledger stays clean (B03)."""

from io import StringIO

import pytest
from django.core.management import call_command

from credit_guarantee.services import confirm_collection
from kernel.money import CREDIT
from kernel.refusals import Refusal
from kernel.services import deliver_due
from ledger.queries import balance, held
from orders.models import Order
from orders.rules import CARRIERS, waybill_looks_wrong
from orders.services import approve_refund, request_refund
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    key,
    live_listing,
    member_actor,
    proposed_order,
    shipped,
    staff_actor,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
CREDIT_PART, CASH_PART = 1_000_000, 860_000


def mixed_order():
    """Ten tonnes of board and a top-up of 10,000.00 credit and 8,600.00 yuan against ten tonnes of paper, confirmed and paid."""
    from kernel.money import Money

    a, b = verified_enterprise(), verified_enterprise()
    ours, theirs = live_listing(a, price=Money(362_000, "CNY")), live_listing(b)
    allow_credit(a, CREDIT_PART)
    order = confirmed(proposed_order(a, b, give=[(ours, 10)], get=[(theirs, 10)], credit=CREDIT_PART, cash=CASH_PART))
    assert order.state == "confirmed"  # the cash has not arrived
    finance = staff_actor("credit_guarantee.confirm_custodian")
    confirm_collection(order.tenders.get(kind="cash").escrow_id, actor=finance, custodian_reference="CB1", request_key=key())
    deliver_due()
    order.refresh_from_db()
    assert order.state == "funded"
    return order, a, b


def ledger_is_clean() -> bool:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return "0 findings" in out.getvalue()


@pytest.mark.spec("B03")
def test_credit_and_cash_are_held_apart_and_paid_out_when_both_sides_accept():
    order, a, b = mixed_order()
    assert (held(a.pk, CREDIT).minor, held(a.pk, "CNY").minor) == (CREDIT_PART, CASH_PART)

    shipped(order, a)
    shipped(order, b)
    accepted(order, a)
    accepted(order, b)

    assert Order.objects.get(pk=order.pk).state == "completed"
    assert (balance(b.pk, CREDIT).minor, balance(b.pk, "CNY").minor) == (CREDIT_PART, CASH_PART)
    assert balance(a.pk, CREDIT).minor == -CREDIT_PART
    assert ledger_is_clean()


@pytest.mark.spec("B03")
@pytest.mark.spec("H34")
def test_a_refund_mirrors_each_tender():
    order, a, b = mixed_order()
    refund = request_refund(order.no, actor=member_actor(a), reason="the press broke", request_key=key())

    approve_refund(order.no, refund.pk, actor=member_actor(b), request_key=key())

    assert {t.kind: t.state for t in order.tenders.all()} == {"credit": "returned", "cash": "returned"}
    assert (balance(a.pk, CREDIT).minor, balance(a.pk, "CNY").minor) == (0, CASH_PART)  # the custodian owes the cash back to the payer
    assert (balance(b.pk, CREDIT).minor, balance(b.pk, "CNY").minor) == (0, 0)
    assert ledger_is_clean()


@pytest.mark.spec("H30")
@pytest.mark.parametrize(
    ("carrier", "number", "odd"),
    [
        ("sf", "SF1385628716739", False), ("sf", "123456789012", False), ("sf", "JDVC04860190300", True),
        ("jd", "JDVC04860190300", False), ("jd", "JDX024407261700", False), ("jd", "SF1385628716739", True),
        ("zto", "73610555582883", False), ("yto", "YT8962646785389", False), ("yunda", "463431409940372", False),
        ("sto", "773277027280336", False),
        ("deppon", "DPK202252612836", False), ("jt", "JT5261988016578", False), ("ems", "1207119765021", False),
    ],
)  # fmt: skip
def test_the_carriers_numbers_of_the_domain_look_right(carrier, number, odd):
    assert waybill_looks_wrong(carrier, number) is odd


@pytest.mark.spec("H30")
def test_sf_and_jd_are_among_the_carriers_and_a_wrong_number_ships_nothing():
    order, a, _b = mixed_order()
    from orders.services import ship_goods

    assert {"sf", "jd"} <= set(CARRIERS)
    with pytest.raises(Refusal):
        ship_goods(order.no, actor=member_actor(a), carrier="sf", carrier_name="", waybill_no="!", request_key=key())
    assert set(order.consignments.values_list("state", flat=True)) == {"to_ship"}
