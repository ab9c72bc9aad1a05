"""What earlier tests let pass when code was broken on purpose: rights in the services themselves, the one order of locks, lost clocks."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.services import move_stock
from credit_guarantee.models import CustodianInstruction, Escrow
from credit_guarantee.services import confirm_collection, confirm_payout
from kernel.clock import now, telling
from kernel.models import Deadline, Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Denied
from kernel.services import deliver_due, sweep_deadlines
from messaging.services import post_message
from orders import services
from orders.rules import LineTerms
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    credit_trade,
    decide_debit_limit,
    key,
    live_listing,
    member_actor,
    proposed_order,
    shipped,
    staff_actor,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
PRICE = 5_480_000


# ---------- the service asks, whatever the view has asked before ----------

ACTS = {
    "propose_order": lambda w, a: services.propose_order(
        w["seller"].pk, actor=a, lines=[LineTerms(w["listing"].pk, 10, w["listing"].price_minor)], top_up=None, note="", request_key=key()
    ),
    "withdraw_order": lambda w, a: services.withdraw_order(w["proposed"].no, actor=a, request_key=key()),
    "request_refund": lambda w, a: services.request_refund(w["funded"].no, actor=a, reason="x", request_key=key()),
    "withdraw_refund": lambda w, a: services.withdraw_refund(w["asked"].order.no, w["asked"].pk, actor=a, request_key=key()),
    "accept_goods": lambda w, a: services.accept_goods(w["shipped"].no, w["goods"].pk, actor=a, request_key=key()),
    "note_signature": lambda w, a: services.note_tracking(
        w["shipped"].no, w["goods"].pk, actor=a, kind="signed", happened_at=now(), place="", request_key=key()
    ),
    "write_message": lambda w, a: services.write_message(w["funded"].no, actor=a, body="x", uploads=(), request_key=key()),
    "post_message": lambda w, a: post_message(subject=w["funded"], parties=w["funded"].parties, actor=a, body="x", request_key=key()),
    "confirm_order": lambda w, a: services.confirm_order(w["proposed"].no, actor=a, terms_hash=w["proposed"].terms_hash, request_key=key()),
    "decline_order": lambda w, a: services.decline_order(w["proposed"].no, actor=a, reason="x", request_key=key()),
    "ship_goods": lambda w, a: services.ship_goods(
        w["funded"].no, actor=a, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key()
    ),
    "note_journey": lambda w, a: services.note_tracking(
        w["shipped"].no, w["goods"].pk, actor=a, kind="in_transit", happened_at=now(), place="", request_key=key()
    ),
    "approve_refund": lambda w, a: services.approve_refund(w["asked"].order.no, w["asked"].pk, actor=a, request_key=key()),
    "reject_refund": lambda w, a: services.reject_refund(w["asked"].order.no, w["asked"].pk, actor=a, answer="x", request_key=key()),
    "move_stock": lambda w, a: move_stock(w["listing"].no, actor=a, kind="in", quantity=1, reason="x", request_key=key()),
}
BY_SELLER = {"confirm_order", "decline_order", "ship_goods", "note_journey", "approve_refund", "reject_refund", "move_stock"}


@pytest.fixture
def traded():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    allow_credit(buyer, 5 * PRICE)
    propose = lambda: proposed_order(buyer, seller, get=[(listing, 10)], credit=PRICE)  # noqa: E731
    on_the_way, funded, disputed = (confirmed(propose()) for _ in range(3))
    goods = shipped(on_the_way, seller)
    asked = services.request_refund(disputed.no, actor=member_actor(buyer), reason="x", request_key=key())
    return {
        "buyer": buyer, "seller": seller, "listing": listing, "proposed": propose(), "funded": funded, "shipped": on_the_way,
        "goods": goods, "asked": asked,
    }  # fmt: skip


@pytest.mark.spec("H15")
@pytest.mark.parametrize("name", ACTS)
def test_a_service_denies_a_sub_account_without_the_box_and_writes_nothing(traded, name):
    firm = traded["seller" if name in BY_SELLER else "buyer"]
    actor = member_actor(firm, sub_account(firm, "company"))
    facts = Fact.objects.count()

    with pytest.raises(Denied) as denied:
        ACTS[name](traded, actor)

    assert denied.value.code == "capability_missing"
    assert Fact.objects.count() == facts


def test_both_parties_must_still_be_verified_when_terms_are_confirmed(traded):
    order, buyer = traded["proposed"], traded["buyer"]
    type(buyer).objects.filter(pk=buyer.pk).update(state="frozen")

    with pytest.raises(Exception) as refusal:
        services.confirm_order(order.no, actor=member_actor(traded["seller"]), terms_hash=order.terms_hash, request_key=key())

    assert refusal.value.code == "party_not_trading"
    order.refresh_from_db()
    assert order.state == "proposed" and not order.consignments.exists()


def test_goods_taken_off_sale_cannot_be_proposed(traded):
    from catalog.services import withdraw_listing

    listing, orders = traded["listing"], type(traded["proposed"]).objects.count()
    withdraw_listing(listing.no, actor=member_actor(traded["seller"]), request_key=key())

    with pytest.raises(Exception) as refusal:
        ACTS["propose_order"](traded, member_actor(traded["buyer"]))

    assert refusal.value.code == "goods_gone"
    assert type(traded["proposed"]).objects.count() == orders


def test_goods_do_not_leave_and_are_not_accepted_by_silence_while_a_refund_is_asked_for(traded):
    asked, seller = traded["asked"], member_actor(traded["seller"])
    with pytest.raises(Exception) as refusal:
        services.ship_goods(asked.order.no, actor=seller, carrier="sf", carrier_name="", waybill_no="SF1385628716739", request_key=key())
    assert refusal.value.code == "refund_open"
    assert asked.order.consignments.get().state == "to_ship"

    order, goods = traded["shipped"], traded["goods"]
    services.request_refund(order.no, actor=member_actor(traded["buyer"]), reason="x", request_key=key())
    services.accept_unanswered(goods.pk)
    order.refresh_from_db()
    assert (order.state, order.consignments.get().state) == ("shipped", "shipped")


@pytest.mark.spec("H31", thin=True)
@pytest.mark.parametrize(("side", "kind"), [("seller", "signed"), ("seller", "rejected"), ("buyer", "in_transit")])
def test_the_receiver_signs_and_the_sender_tells_the_journey_never_the_other_way_round(traded, side, kind):
    goods = traded["goods"]

    with pytest.raises(Denied) as denied:
        services.note_tracking(
            traded["shipped"].no, goods.pk, actor=member_actor(traded[side]), kind=kind, happened_at=now(), place="", request_key=key()
        )

    assert denied.value.code == "not_yours_to_note"
    goods.refresh_from_db()
    assert goods.signed_at is None and not goods.events.exists()
    assert not Deadline.objects.filter(policy="orders.inspect").exists()


# ---------- one order of locks: rows → stock → chains → ledger accounts (docs/ARCHITECTURE.md) ----------


def locked(act) -> list[str]:
    """What an act locks, in order of first locking: order, stock, deadlines, escrow, chains, accounts."""
    with CaptureQueriesContext(connection) as queries:
        act()
    found: list[str] = []
    for sql in (query["sql"] for query in queries):
        names, locks = [], re.search(r"FOR (NO KEY )?UPDATE", sql)
        if "ledger_post(" in sql or (locks and 'FROM "ledger_account"' in sql):
            names = ["accounts"]
        elif locks and 'FROM "kernel_chainhead"' in sql:
            names = re.findall(r"'((?:enterprise|person|platform)[^']*)'", sql)
        elif locks and 'FROM "catalog_stock"' in sql:
            names = ["stock"]
        elif locks and 'FROM "credit_guarantee_escrow"' in sql:
            names = ["escrow"]
        elif locks and 'FROM "orders_order"' in sql:
            names = ["order"]
        elif sql.startswith('UPDATE "kernel_deadline"') and "'orders." in sql:
            names = ["deadlines"]
        found += [name for name in names if name not in found]
    return found


def broken(order: list[str], *, escrow: bool = False) -> list[str]:
    """What was locked too late."""
    chains = [n for n, name in enumerate(order) if ":" in name or name == "platform"]
    late = [name for name in ("stock", *(["escrow"] if escrow else [])) if name in order and chains and order.index(name) > chains[0]]
    # Deadlines may come either side of the chains: the sweep, which holds chains, skips rows that are held, and two acts on one
    # order meet at its row before they meet at its deadlines. So that row must come first.
    if "deadlines" in order and ("order" not in order or order.index("order") > order.index("deadlines")):
        late.append("deadlines before the order")
    if "accounts" in order:
        late += [order[n] for n in chains if n > order.index("accounts")]
    return late


def cash_order(buyer, seller, listing):
    return confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=PRICE))


def test_locks_of_confirming_shipping_accepting_and_refunding_are_in_order(traded):
    w, buyer, seller = traded, member_actor(traded["buyer"]), member_actor(traded["seller"])
    acts = ["confirm_order", "ship_goods", "move_stock", "accept_goods", "approve_refund"]

    seen = {name: locked(lambda name=name: ACTS[name](w, seller if name in BY_SELLER else buyer)) for name in acts}

    assert {name: broken(order) for name, order in seen.items()} == {name: [] for name in acts}
    assert {"order", "deadlines", "stock", "accounts"} <= set(seen["confirm_order"])  # the reader of SQL still reads
    assert "accounts" in seen["accept_goods"]


def test_locks_of_undoing_an_unpaid_order_are_in_order(traded):
    buyer, seller = traded["buyer"], traded["seller"]
    order = cash_order(buyer, seller, traded["listing"])

    seen = locked(lambda: services.request_refund(order.no, actor=member_actor(buyer), reason="x", request_key=key()))

    assert broken(seen, escrow=True) == []


def test_locks_of_an_order_not_paid_in_time_are_in_order(traded):
    order = cash_order(traded["buyer"], traded["seller"], traded["listing"])

    assert broken(locked(lambda: services.cancel_unpaid(order.pk, reason="late")), escrow=True) == []


def test_locks_of_a_debit_limit_are_in_order(traded):
    finance = staff_actor("ledger.set_debit_limit")

    seen = locked(
        lambda: decide_debit_limit(traded["buyer"].pk, limit=Money(9 * PRICE, CREDIT), reason="x", actor=finance, request_key=key())
    )

    assert broken(seen) == []


def test_locks_of_a_payout_are_in_order(traded):
    desk = staff_actor("credit_guarantee.confirm_custodian")
    order = cash_order(traded["buyer"], traded["seller"], traded["listing"])
    confirm_collection(Escrow.objects.get().pk, actor=desk, custodian_reference="IN-1", request_key=key())
    deliver_due()
    shipped(order, traded["seller"])
    accepted(order, traded["buyer"])
    payout = CustodianInstruction.objects.get(kind="pay_out")

    seen = locked(lambda: confirm_payout(payout.pk, actor=desk, custodian_reference="OUT-1", request_key=key()))

    assert broken(seen) == []


# ---------- no clock is lost ----------


def inspection() -> Deadline:
    return Deadline.objects.get(policy="orders.inspect")


@pytest.mark.spec("H33")
def test_a_running_inspection_clock_stands_still_during_a_refund_request_and_goes_on_after_it():
    order, buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    services.note_tracking(order.no, goods.pk, actor=member_actor(buyer), kind="signed", happened_at=now(), place="", request_key=key())
    first_due = inspection().due_at
    refund = services.request_refund(order.no, actor=member_actor(buyer), reason="late", request_key=key())
    assert inspection().paused_at is not None

    with telling(now() + timedelta(days=30)):
        sweep_deadlines()
        deliver_due()
        order.refresh_from_db()
        assert (order.state, inspection().fired_at) == ("shipped", None)
        services.reject_refund(order.no, refund.pk, actor=member_actor(seller), answer="it arrived", request_key=key())
    assert inspection().paused_at is None and inspection().due_at - first_due >= timedelta(days=29)
    with telling(inspection().due_at + timedelta(minutes=1)):
        sweep_deadlines()
        deliver_due()

    order.refresh_from_db()
    assert order.state == "completed"


def test_goods_signed_for_during_a_refund_request_are_still_accepted_by_the_clock_after_it():
    order, buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    refund = services.request_refund(order.no, actor=member_actor(buyer), reason="late", request_key=key())
    services.note_tracking(order.no, goods.pk, actor=member_actor(buyer), kind="signed", happened_at=now(), place="", request_key=key())

    with telling(now() + timedelta(days=30)):
        sweep_deadlines()
        deliver_due()
        services.reject_refund(order.no, refund.pk, actor=member_actor(seller), answer="it arrived", request_key=key())
    with telling(now() + timedelta(days=90)):
        sweep_deadlines()
        deliver_due()

    order.refresh_from_db()
    assert order.state == "completed"
