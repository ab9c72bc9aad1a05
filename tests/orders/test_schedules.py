"""Cash in parts: each part has its own escrow, reference and clock; goods leave when all are held; an unpaid part ends the order (B03)."""

from datetime import date, timedelta
from io import StringIO
from unittest import mock

import pytest
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from credit_guarantee.services import confirm_collection
from kernel.clock import now
from kernel.models import Deadline, Fact
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.services import deliver_due, sweep_deadlines
from kernel.workdays import SHANGHAI
from orders import rules, services
from orders.audits import stock, tenders, terms
from orders.models import Order
from orders.schedules import WHOLE, Instalment, amounts, cash_parts, schedule_refusal
from tests.worlds import (
    accepted,
    confirmed,
    key,
    live_listing,
    main_account,
    member_actor,
    shipped,
    staff_actor,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
CASH = 1_000_001


def day(days: int) -> date:
    return now().astimezone(SHANGHAI).date() + timedelta(days=days)


def three_parts() -> tuple[Instalment, ...]:
    return (
        Instalment(3_000, "confirmed", label="定金"), Instalment(3_333, "date", day(20), "样品验收"),
        Instalment(3_667, "shipping", label="尾款"),
    )  # fmt: skip


def bought_in_parts(parts=None, *, confirm: bool = True):
    """Paper bought for cash that comes in three parts, confirmed."""
    a, b = verified_enterprise(), verified_enterprise()
    goods = live_listing(b, price=Money(CASH, "CNY"), moq=1)
    top_up = rules.TopUp("me", Money.zero("XEH"), Money(CASH, "CNY"), three_parts() if parts is None else parts)
    order = services.propose_order(
        b.pk, actor=member_actor(a), lines=[rules.LineTerms(goods.pk, 1, CASH)], top_up=top_up, note="", request_key=key()
    )
    return (confirmed(order) if confirm else order), a, b


def pays(order, stage: int) -> None:
    escrow = order.tenders.get(stage=stage).escrow_id
    finance = staff_actor("credit_guarantee.confirm_custodian")
    confirm_collection(escrow, actor=finance, custodian_reference=f"CB{escrow}", request_key=key())
    deliver_due()
    order.refresh_from_db()


def open_clocks(order) -> dict[int, str]:
    pks = {str(t.pk): t.stage for t in order.tenders.all()}
    rows = Deadline.objects.filter(subject_type="orders.tender", subject_id__in=pks, met_at=None, cancelled_at=None, fired_at=None)
    return {pks[row.subject_id]: row.policy for row in rows}


def sound() -> bool:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return "0 findings" in out.getvalue() and not [*terms(), *stock(), *tenders()]


@pytest.mark.spec("B03")
@given(st.integers(100, 10**15), st.lists(st.integers(1, WHOLE), min_size=1, max_size=6))
def test_parts_add_up_to_the_whole_to_the_last_fen(minor, shares):
    parts = [Instalment(share, "date") for share in shares]
    got = amounts(Money(minor, "CNY"), parts)
    assert sum(amount.minor for amount in got) == minor
    exact = [minor * share / sum(shares) for share in shares]
    assert all(abs(amount.minor - want) <= 1 or minor > 2**50 for amount, want in zip(got, exact, strict=True))


@pytest.mark.spec("B03")
def test_every_part_has_its_own_escrow_reference_and_clock():
    order, _a, _b = bought_in_parts()
    parts = cash_parts(order.tenders.all())
    assert [t.amount_minor for t in parts] == [300_000, 333_300, 366_701]
    assert len({t.escrow.remittance_reference for t in parts}) == 3
    assert open_clocks(order) == {1: "orders.pay", 2: "orders.instalment"}  # the balance waits for the others
    end = Deadline.objects.get(policy="orders.instalment").due_at.astimezone(SHANGHAI)
    assert (end.date(), end.hour, end.minute) == (day(21), 0, 0)  # to the end of the agreed day


@pytest.mark.spec("B03")
def test_goods_leave_when_all_parts_are_held_and_all_parts_are_paid_out():
    order, a, b = bought_in_parts()
    pays(order, 1)
    assert order.state == "confirmed" and open_clocks(order) == {2: "orders.instalment"}
    assert Fact.objects.filter(name="orders.instalment_held").count() == 1
    pays(order, 2)
    assert order.state == "confirmed" and open_clocks(order) == {3: "orders.pay"}
    with pytest.raises(Refusal):
        shipped(order, b)
    pays(order, 3)
    assert order.state == "funded" and open_clocks(order) == {}
    shipped(order, b)
    accepted(order, a)
    order.refresh_from_db()
    assert order.state == "completed"
    assert [t.state for t in cash_parts(order.tenders.all())] == ["settled"] * 3
    assert sound()


@pytest.mark.spec("B03")
def test_a_part_that_is_not_paid_in_time_ends_the_order_and_what_came_goes_back():
    order, _a, _b = bought_in_parts()
    pays(order, 1)
    Deadline.objects.filter(policy="orders.instalment").update(started_at=now() - timedelta(2), due_at=now() - timedelta(1))
    assert sweep_deadlines() == 1
    deliver_due()
    order.refresh_from_db()
    assert (order.state, order.end_reason) == ("cancelled", "not paid in time")
    assert [(t.state, t.escrow.state) for t in cash_parts(order.tenders.all())] == [
        ("returned", "refunded"), ("dropped", "cancelled"), ("dropped", "cancelled"),
    ]  # fmt: skip
    assert open_clocks(order) == {}
    assert sound()


@pytest.mark.spec("B03")
def test_the_clock_of_a_part_that_was_paid_meanwhile_ends_nothing():
    order, _a, _b = bought_in_parts()
    first = order.tenders.get(stage=1)
    pays(order, 1)
    services.cancel_unpaid(order.pk, tender_id=first.pk, reason="not paid in time")  # it had passed just before
    order.refresh_from_db()
    assert order.state == "confirmed"


@pytest.mark.spec("B03")
def test_one_part_by_a_date_is_a_payment_by_that_date_and_one_at_once_keeps_the_old_terms():
    order, _a, _b = bought_in_parts((Instalment(WHOLE, "date", day(9)),))
    assert open_clocks(order) == {1: "orders.instalment"}
    plain, _c, _d = bought_in_parts((Instalment(WHOLE, "confirmed"),), confirm=False)
    terms = services.proposals.terms_of(plain, list(plain.lines.all()), list(plain.tenders.all()), [])
    assert [len(row) for row in terms["tenders"]] == [5]


@pytest.mark.spec("B03")
def test_a_day_that_has_passed_when_the_terms_are_confirmed_leaves_the_usual_days():
    order, _a, _b = bought_in_parts((Instalment(WHOLE, "date", day(1)),), confirm=False)
    later = now() + timedelta(days=3)
    with mock.patch("orders.services.instalments.now", lambda: later):
        confirmed(order)
    assert open_clocks(order) == {1: "orders.pay"}


@pytest.mark.spec("B03")
@pytest.mark.parametrize(
    ("parts", "at", "word"),
    [
        ([(5_000, "confirmed", None), (4_999, "shipping", None)], -1, "99.99"),
        ([(5_000, "confirmed", None), (5_000, "confirmed", None)], 1, "first"),
        ([(5_000, "shipping", None), (5_000, "date", 3)], 0, "last"),
        ([(5_000, "date", 9), (5_000, "date", 3)], 1, "follow"),
        ([(5_000, "date", None), (5_000, "shipping", None)], 0, "day"),
        ([(5_000, "date", 0), (5_000, "shipping", None)], 0, "after today"),
        ([(5_000, "date", 900), (5_000, "shipping", None)], 0, "365"),
        ([(0, "confirmed", None), (10_000, "shipping", None)], 0, "zero"),
        ([(5_000, "", None), (5_000, "shipping", None)], 0, "when"),
        ([(1_500, "date", n) for n in range(1, 8)], -1, "6"),
    ],
)
def test_a_schedule_that_cannot_stand_says_which_part_and_why(parts, at, word):
    from django.utils import translation

    rows = [Instalment(share, due, None if n is None else day(n)) for share, due, n in parts]
    with translation.override("en"):
        found = schedule_refusal(rows, Money(CASH, "CNY"), today=day(0))
    assert found[0] == at and word in found[1]


@pytest.mark.spec("B03", "H25")
def test_an_amendment_keeps_what_is_held_and_shares_the_rest():
    order, a, b = bought_in_parts()
    pays(order, 1)
    line = order.lines.get()
    change = services.Change(
        (services.NewLine(line.pk, line.listing_id, 1, CASH + 100_000),), "me", Money.zero("XEH"), Money(CASH + 100_000, "CNY"), "",
        "价格上调",
    )  # fmt: skip
    made = services.propose_amendment(
        order.no, actor=member_actor(a), change=change, seen_hash=order.terms_hash, request_key=key(), acknowledged=True
    )
    services.confirm_amendment(order.no, made.pk, actor=member_actor(b), terms_hash=made.terms_hash, request_key=key(), acknowledged=True)
    parts = cash_parts(order.tenders.all())
    assert [t.state for t in parts] == ["held", "awaiting_funds", "awaiting_funds"]
    assert sum(t.amount_minor for t in parts) == CASH + 100_000 and parts[0].amount_minor == 300_000
    assert [(t.label, t.due) for t in parts] == [("定金", "confirmed"), ("样品验收", "date"), ("尾款", "shipping")]
    assert open_clocks(order) == {2: "orders.instalment"}
    pays(order, 2)
    pays(order, 3)
    assert order.state == "funded"
    assert sound()


@pytest.mark.spec("B03")
def test_the_page_proposes_in_parts_and_shows_each_with_its_reference_and_clock(client):
    a, b = verified_enterprise(), verified_enterprise()
    goods = live_listing(b, price=Money(CASH, "CNY"), moq=1)
    client.force_login(main_account(a))
    url = f"{reverse('orders:new')}?goods={goods.no}"
    typed = {
        "request_key": key(), "get_1": goods.pk, "get_1_quantity": 1, "payer": "me", "cash": "10000.01", "part_1_percent": "30",
        "part_1_due": "confirmed", "part_1_label": "定金", "part_2_percent": "69.99", "part_2_due": "shipping", "part_2_label": "尾款",
    }  # fmt: skip
    page = client.post(url, {**typed, "step": "check"})
    assert page.status_code == 422 and "99.99%" in page.content.decode() and "尾款" in page.content.decode()
    typed["part_2_percent"] = "70"
    page = client.post(url, {**typed, "step": "check"})
    assert page.status_code == 200 and "第 2 期 / 共 2 期" in page.content.decode()
    hidden = dict(page.context["hidden"])
    assert client.post(url, {**hidden, "step": "send"}).status_code == 302
    order = Order.objects.get()
    assert [t.amount_minor for t in cash_parts(order.tenders.all())] == [300_000, 700_001]
    client.force_login(main_account(b))
    page = client.get(reverse("orders:confirmation", args=[order.no])).content.decode()
    assert "任何一期未按时付款，订单即取消" in page and "其余各期托管后" in page
    confirmed(order)
    pays(order, 1)
    client.force_login(main_account(a))
    page = client.get(reverse("orders:detail", args=[order.no])).content.decode()
    assert "支付第 2 期（共 2 期）" in page and "已付款项全部退回" in page
    assert all(t.escrow.remittance_reference in page for t in cash_parts(order.tenders.all()))
