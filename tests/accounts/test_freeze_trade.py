"""While one side is frozen: no clock acts for it, nothing is paid out to it, and the other side's walk is as ever (H14, P15)."""

from datetime import timedelta

import pytest

from credit_guarantee.models import CustodianInstruction
from kernel.clock import now, telling
from kernel.models import Deadline
from kernel.money import CREDIT
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due, sweep_deadlines
from ledger.queries import balance
from orders.services import accept_goods, request_refund
from tests import worlds
from tests.worlds import key, member_actor, staff_actor

from .test_freeze import _fresh_counters, frozen, lifted  # noqa: F401

pytestmark = pytest.mark.django_db


def later(days: int) -> None:
    with telling(now() + timedelta(days=days)):
        sweep_deadlines()
        deliver_due()


def on_the_way():
    order, buyer, seller, _listing = worlds.credit_trade()
    worlds.shipped(order, seller)
    deliver_due()
    return order, buyer, seller


@pytest.mark.spec("H14")
def test_silence_pays_a_frozen_seller_only_after_the_freeze():
    order, _buyer, seller = on_the_way()
    case = frozen(seller)
    deliver_due()

    later(40)
    order.refresh_from_db()
    assert order.state == "shipped" and balance(seller.pk, CREDIT).minor == 0
    assert Deadline.objects.get(policy="orders.receive").paused_at is not None
    lifted(case)
    deliver_due()
    assert Deadline.objects.get(policy="orders.receive", fired_at=None).paused_at is None

    later(80)
    order.refresh_from_db()
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == 5_480_000


@pytest.mark.spec("H14")
def test_a_clock_that_fires_before_it_could_be_stopped_does_not_pay_either():
    order, _buyer, seller = on_the_way()
    frozen(seller)  # and the relay that stops the clocks is late

    with telling(now() + timedelta(days=40)):
        sweep_deadlines()
        Deadline.objects.filter(fired_at=None).count()
        deliver_due()

    order.refresh_from_db()
    assert order.state == "shipped"
    waiting = Deadline.objects.get(policy="orders.receive", fired_at=None)
    assert waiting.paused_at is not None


@pytest.mark.spec("H14")
def test_silence_of_a_frozen_buyer_counts_as_ever():
    order, buyer, seller = on_the_way()
    frozen(buyer)
    deliver_due()

    later(40)

    order.refresh_from_db()
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == 5_480_000


@pytest.mark.spec("H14")
def test_the_other_side_accepts_asks_for_refunds_and_complains_as_ever():
    from disputes.services import open_complaint

    words = "到货十吨中有一卷受潮，外包装破损，照片已经发给对方，请处理。" * 2
    accepted, buyer, seller = on_the_way()
    frozen(seller)
    consignment = accepted.consignments.get()
    open_complaint(accepted.no, actor=member_actor(buyer), complaint_class="quality", statement=words, request_key=key())
    accept_goods(accepted.no, consignment.pk, actor=member_actor(buyer), request_key=key())

    order, buyer, seller, _listing = worlds.credit_trade()
    frozen(seller)
    request_refund(order.no, actor=member_actor(buyer), reason="卖方被冻结", request_key=key())
    deliver_due()
    later(3)

    accepted.refresh_from_db()
    order.refresh_from_db()
    assert (accepted.state, order.state) == ("completed", "cancelled")
    assert balance(buyer.pk, CREDIT).minor == 0


@pytest.mark.spec("H14")
def test_the_frozen_side_s_own_refund_does_not_go_through_by_silence():
    order, buyer, _seller, _listing = worlds.credit_trade()
    request_refund(order.no, actor=member_actor(buyer), reason="不要了", request_key=key())
    case = frozen(buyer)
    deliver_due()

    later(5)
    order.refresh_from_db()
    assert order.state == "funded"
    lifted(case)
    deliver_due()
    later(10)

    order.refresh_from_db()
    assert order.state == "cancelled"


@pytest.mark.spec("H14")
def test_money_for_a_frozen_payee_is_not_handed_to_the_custodian_until_it_is_unfrozen():
    from credit_guarantee.services import confirm_collection, confirm_payout

    buyer, seller = worlds.verified_enterprise(), worlds.verified_enterprise()
    order = worlds.confirmed(worlds.proposed_order(buyer, seller, get=[(worlds.live_listing(seller), 10)], cash=5_480_000))
    desk = staff_actor("credit_guarantee.confirm_custodian")
    confirm_collection(order.tenders.get().escrow_id, actor=desk, custodian_reference="IN-1", request_key=key())
    deliver_due()
    worlds.shipped(order, seller)
    case = frozen(seller)

    worlds.accepted(order, buyer)
    deliver_due()

    payout = CustodianInstruction.objects.get(kind="pay_out")
    assert (payout.state, payout.handed_at) == ("sent", None)
    with pytest.raises(Refusal) as refused:
        confirm_payout(payout.pk, actor=desk, custodian_reference="OUT-1", request_key=key())
    assert refused.value.code == "frozen"
    lifted(case)
    deliver_due()
    payout.refresh_from_db()
    assert payout.handed_at is not None


@pytest.mark.spec("H14")
def test_every_act_of_the_frozen_side_is_refused_though_the_page_was_open():
    order, buyer, _seller = on_the_way()
    stale = member_actor(buyer)
    frozen(buyer)

    for act in (
        lambda: accept_goods(order.no, order.consignments.get().pk, actor=stale, request_key=key()),
        lambda: request_refund(order.no, actor=stale, reason="r", request_key=key()),
    ):
        with pytest.raises(Denied) as refused:
            act()
        assert refused.value.code == "frozen"
    order.refresh_from_db()
    assert order.state == "shipped" and not order.refunds.exists()


@pytest.mark.spec("H14")
def test_p15_what_a_counterparty_s_acceptance_books_to_a_frozen_payee_goes_nowhere_until_two_people_lift_the_freeze():
    """ADR 0010: acceptance is the buyer's right; the money stays in the house, out of reach of everybody who acts for the payee."""
    from ledger.models import Posting
    from tests.accounts.test_limits import send

    order, buyer, seller = on_the_way()
    case = frozen(seller)
    deliver_due()

    accept_goods(order.no, order.consignments.get().pk, actor=member_actor(buyer), request_key=key())
    deliver_due()
    later(40)

    order.refresh_from_db()
    assert order.state == "completed" and balance(seller.pk, CREDIT).minor == 5_480_000
    other, postings = worlds.live_listing(buyer, stock=100), Posting.objects.count()
    for user in (worlds.main_account(seller), worlds.sub_account(seller, "trade", "finance")):
        with pytest.raises((Denied, Refusal)):
            send(seller, user, buyer, other, 10)
    later(400)
    assert (Posting.objects.count(), balance(seller.pk, CREDIT).minor) == (postings, 5_480_000)
    assert lifted(case).state == "lifted" and balance(seller.pk, CREDIT).minor == 5_480_000
