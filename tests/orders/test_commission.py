"""The platform's commission: two people set it, an order keeps that of its day, both sides see it first, the parts add up (B03)."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import Error, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from credit_guarantee.models import CustodianInstruction
from credit_guarantee.services import confirm_collection
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, Refusal
from kernel.services import deliver_due
from kernel.workdays import SHANGHAI
from ledger.models import Posting
from ledger.queries import balance
from orders import queries, rules, services
from orders.audits import commission as commission_audit
from orders.audits import tenders as tender_audit
from orders.audits import terms as terms_audit
from orders.commission import charge, charged, percent
from orders.models import CommissionRate, Order, Tender
from orders.schedules import Instalment
from orders.services.proposals import terms_of
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    key,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    shipped,
    staff_actor,
    staff_user,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
DESK = "/admin/orders/commissionrate/"


def clerk():
    return staff_actor("orders.enter_commission", "orders.approve_commission")


def entered(actor=None, *, payer=50, payee=50, days=0):
    day = now().astimezone(SHANGHAI).date() + timedelta(days=days)
    return services.enter_commission(
        payer_bp=payer, payee_bp=payee, starts_on=day, reason="2027 价目", actor=actor or clerk(), request_key=key()
    )  # fmt: skip


def in_force(**rates):
    return services.approve_commission(entered(**rates).pk, actor=clerk(), request_key=key())


def mixed(*, credit: int = 1_000_000, cash: int = 860_001):
    a, b = verified_enterprise(), verified_enterprise()
    goods = live_listing(b, price=Money(credit + cash, "CNY"), moq=1)
    allow_credit(a, credit * 2)
    return proposed_order(a, b, get=[(goods, 1)], credit=credit, cash=cash), a, b


def pays(order) -> None:
    finance = staff_actor("credit_guarantee.confirm_custodian")
    for tender in order.tenders.filter(state="awaiting_funds").order_by("stage"):
        reference = f"CB{tender.pk}"
        confirm_collection(tender.escrow_id, actor=finance, custodian_reference=reference, request_key=key())
        deliver_due()
    order.refresh_from_db()


def platform_fees(currency: str) -> int:
    rows = Posting.objects.filter(account__holder="platform", account__purpose="fees", currency=currency)
    return sum(row.minor for row in rows)


def sound() -> bool:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return "0 findings" in out.getvalue() and not [*commission_audit(), *tender_audit(), *terms_audit()]


@pytest.mark.spec("B03")
@given(st.lists(st.integers(1, 10**13), min_size=1, max_size=7), st.integers(0, 1000), st.integers(0, 1000))
def test_the_commission_of_the_parts_adds_up_to_that_of_the_whole(amounts, payer, payee):
    parts = [Tender(kind="cash", currency="CNY" if n else CREDIT, amount_minor=minor) for n, minor in enumerate(amounts)]
    charge(parts, payer, payee)
    for name, points in (("payer_fee_minor", payer), ("payee_fee_minor", payee)):
        whole = int((Decimal(sum(amounts)) * points / 10_000).to_integral_value(ROUND_HALF_UP))
        assert sum(getattr(part, name) for part in parts) == whole
    assert all(0 <= part.payee_fee_minor <= part.amount_minor for part in parts)


def test_percent_reads_as_people_write_it():
    assert [percent(n) for n in (0, 5, 50, 100, 125, 1000)] == ["0%", "0.05%", "0.5%", "1%", "1.25%", "10%"]


@pytest.mark.spec("B03")
def test_rates_need_two_people_and_hold_from_their_day_for_new_orders_only():
    first = clerk()
    row = entered(first)
    assert queries.rates_now() == (0, 0)
    with pytest.raises(Denied) as denied:
        services.approve_commission(row.pk, actor=first, request_key=key())
    assert denied.value.code == "four_eyes"
    before, _a, _b = mixed()
    services.approve_commission(row.pk, actor=clerk(), request_key=key())
    in_force(payer=70, payee=0, days=3)
    after, _c, _d = mixed()
    assert (before.payer_bp, before.payee_bp, after.payer_bp, after.payee_bp) == (0, 0, 50, 50)
    with pytest.raises(Error), transaction.atomic():
        Order.objects.filter(pk=after.pk).update(payer_bp=0)
    with pytest.raises(Error), transaction.atomic():
        CommissionRate.objects.filter(pk=row.pk).update(payer_bp=0)


@pytest.mark.spec("B03")
@pytest.mark.parametrize("wrong", [{"payer": 1001}, {"payee": -1}, {"days": -1}])
def test_rates_out_of_range_or_for_the_past_are_refused(wrong):
    with pytest.raises(Refusal) as refused:
        entered(**wrong)
    assert refused.value.code == "commission_refused"


@pytest.mark.spec("B03")
def test_both_sides_commission_is_held_on_top_and_taken_when_the_trade_is_completed():
    in_force()
    order, a, b = mixed()
    start = balance(a.pk, CREDIT).minor
    confirmed(order)
    parts = {t.kind: t for t in order.tenders.all()}
    assert (parts["credit"].payer_fee_minor, parts["cash"].payer_fee_minor) == (5_000, 4_300)
    assert balance(a.pk, CREDIT).minor == start - 1_005_000
    assert parts["cash"].escrow.amount_minor == 860_001 + parts["cash"].payer_fee_minor
    pays(order)
    shipped(order, b)
    accepted(order, a)
    order.refresh_from_db()
    assert order.state == "completed"
    assert balance(b.pk, CREDIT).minor == 1_000_000 - parts["credit"].payee_fee_minor
    assert platform_fees(CREDIT) == parts["credit"].fee_minor
    paid = {i.kind: i.amount_minor for i in CustodianInstruction.objects.exclude(kind="collect")}
    assert paid == {"pay_out": 860_001 - parts["cash"].payee_fee_minor, "fee": parts["cash"].fee_minor}
    assert sound()


@pytest.mark.spec("B03")
def test_a_cancelled_order_costs_no_commission():
    in_force()
    order, a, b = mixed()
    start = balance(a.pk, CREDIT).minor
    confirmed(order)
    pays(order)
    refund = services.request_refund(order.no, actor=member_actor(a), reason="取消", request_key=key())
    services.approve_refund(order.no, refund.pk, actor=member_actor(b), request_key=key())
    order.refresh_from_db()
    assert order.state == "cancelled" and balance(a.pk, CREDIT).minor == start
    back = CustodianInstruction.objects.get(kind="pay_back")
    assert back.amount_minor == order.tenders.get(kind="cash").secured.minor
    assert (platform_fees(CREDIT), platform_fees("CNY")) == (0, 0)
    assert sound()


@pytest.mark.spec("B03")
def test_p31_the_commission_is_part_of_the_terms_only_where_there_is_one():
    free, _a, _b = mixed()
    in_force(payer=50, payee=0)
    charged_for, _c, _d = mixed()
    of = lambda order: terms_of(order, list(order.lines.all()), list(order.tenders.all()), [])  # noqa: E731
    assert "commission" not in of(free)
    assert of(charged_for)["commission"] == [50, 0, [[5_000, 0], [4_300, 0]]]


@pytest.mark.spec("B03", "H25")
def test_an_amendment_is_charged_at_the_rates_of_the_order_and_what_is_held_keeps_its_share():
    in_force(payer=100, payee=100)
    order, a, b = mixed(credit=0, cash=1_000_000)
    confirmed(order)
    in_force(payer=0, payee=0)
    line = order.lines.get()
    change = services.Change(
        (services.NewLine(line.pk, line.listing_id, 2, 1_000_000),), "me", Money.zero(CREDIT), Money(2_000_000, "CNY"), "", "加量"
    )
    made = services.propose_amendment(
        order.no, actor=member_actor(a), change=change, seen_hash=order.terms_hash, request_key=key(), acknowledged=True
    )
    services.confirm_amendment(order.no, made.pk, actor=member_actor(b), terms_hash=made.terms_hash, request_key=key(), acknowledged=True)
    tender = order.tenders.get()
    assert (tender.payer_fee_minor, tender.payee_fee_minor, tender.escrow.amount_minor) == (20_000, 20_000, 2_020_000)
    assert sound()


@pytest.mark.spec("B03")
def test_the_commission_is_shared_by_the_parts_of_the_cash():
    in_force(payer=33, payee=7)
    a, b = verified_enterprise(), verified_enterprise()
    goods = live_listing(b, price=Money(1_000_001, "CNY"), moq=1)
    parts = (Instalment(3_333, "confirmed"), Instalment(6_667, "shipping"))
    order = services.propose_order(
        b.pk, actor=member_actor(a), lines=[rules.LineTerms(goods.pk, 1, 1_000_001)], note="", request_key=key(),
        top_up=rules.TopUp("me", Money.zero(CREDIT), Money(1_000_001, "CNY"), parts),
    )  # fmt: skip
    confirmed(order)
    assert sum(t.payer_fee_minor for t in order.tenders.all()) == 3_300
    assert sum(t.payee_fee_minor for t in order.tenders.all()) == 700
    mine = charged(order.tenders.all(), a.pk, order.payer_bp, order.payee_bp)
    theirs = charged(order.tenders.all(), b.pk, order.payer_bp, order.payee_bp)
    assert [row.total.minor for row in (*mine, *theirs)] == [1_003_301, 999_301]
    for _part in parts:
        pays(order)
    assert order.state == "funded" and sound()


@pytest.mark.spec("B03")
def test_both_sides_read_what_they_pay_or_receive_before_anybody_confirms(client):
    in_force()
    a, b = verified_enterprise(), verified_enterprise()
    goods = live_listing(b, price=Money(1_000_000, "CNY"), moq=1)
    client.force_login(main_account(a))
    typed = {"request_key": key(), "get_1": goods.pk, "get_1_quantity": 1, "payer": "me", "cash": "10000", "step": "check"}
    page = client.post(f"{reverse('orders:new')}?goods={goods.no}", typed).content.decode()
    assert "你共支付" in page and "10,050" in page
    order = proposed_order(a, b, get=[(goods, 1)], cash=1_000_000)
    client.force_login(main_account(b))
    page = client.get(reverse("orders:confirmation", args=[order.no])).content.decode()
    assert "你最终收到" in page and "9,950" in page and "10,050" in page
    confirmed(order)
    page = client.get(reverse("orders:detail", args=[order.no])).content.decode()
    assert "9,950" in page


@pytest.mark.spec("B03")
def test_the_desk_enters_and_a_colleague_puts_in_force(client):
    one, two = (staff_user("orders.enter_commission", "orders.approve_commission", "orders.view_commissionrate") for _ in range(2))
    client.force_login(one)
    day = now().astimezone(SHANGHAI).date().isoformat()
    typed = {"payer_bp": "50", "payee_bp": "5000", "starts_on": day, "reason": "价目", "request_key": key()}
    assert client.post(f"{DESK}enter/", typed).status_code == 422
    typed["payee_bp"] = "40"
    assert client.post(f"{DESK}enter/", typed).status_code == 302
    row = CommissionRate.objects.get()
    assert "0.5%" in client.get(DESK).content.decode()
    client.post(f"{DESK}{row.pk}/decision/", {"approve": "1", "request_key": key()})
    row.refresh_from_db()
    assert row.state == "entered"
    client.force_login(two)
    assert client.get(f"{DESK}{row.pk}/change/").status_code == 200
    client.post(f"{DESK}{row.pk}/decision/", {"approve": "1", "request_key": key()})
    assert queries.rates_now() == (50, 40)
