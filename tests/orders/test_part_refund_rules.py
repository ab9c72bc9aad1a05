"""What holds of every part refund: silence lowers no price, commission goes back with it, one currency, rules in the database."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import Error, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Membership
from accounts.services import set_limit
from credit_guarantee.services import confirm_collection
from kernel.clock import now, telling
from kernel.models import Fact
from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from kernel.services import deliver_due, sweep_deadlines
from ledger.models import Posting
from ledger.queries import balance
from orders.audits import commission as commission_audit
from orders.audits import part_refunds as parts_audit
from orders.exports import tenders as export_money
from orders.models import Order, Refund, RefundLine, RefundPart, Tender
from orders.paper_contents import proforma_content
from orders.part_rules import Claim, fee_back
from orders.queries import desk, order_for, part_blocked
from orders.queries.statements import cash_movements
from orders.services import approve_commission, approve_refund, enter_commission, request_refund
from tests.orders.abroad import proposed_abroad, rates_in_force, two_countries
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
    staff_user,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
UNIT = 548_000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def ask(order, by, *claims):
    return request_refund(order.no, actor=member_actor(by), reason="less needed", claims=claims, request_key=key())


def agree(order, refund, by):
    approve_refund(order.no, refund.pk, actor=member_actor(by), request_key=key())
    order.refresh_from_db()


def days_later(days: int) -> None:
    with telling(now() + timedelta(days=days)):
        sweep_deadlines()
        deliver_due()


def sound() -> None:
    call_command("verify_ledger", stdout=StringIO())  # raises when a check fails
    assert not [*commission_audit(), *parts_audit()]


def charged(payer: int, payee: int) -> None:
    desk = [staff_actor("orders.enter_commission", "orders.approve_commission") for _n in range(2)]
    row = enter_commission(payer_bp=payer, payee_bp=payee, starts_on=now().date(), reason="price list", actor=desk[0], request_key=key())
    approve_commission(row.pk, actor=desk[1], request_key=key())


def paid(buyer, seller, get, credit: int, cash: int) -> Order:
    allow_credit(buyer, credit * 2)
    order = confirmed(proposed_order(buyer, seller, get=get, credit=credit, cash=cash))
    collected(order)
    assert order.state == "funded"
    return order


def collected(order: Order) -> None:
    finance = staff_actor("credit_guarantee.confirm_custodian")
    for tender in order.tenders.filter(kind="cash"):
        confirm_collection(tender.escrow_id, actor=finance, custodian_reference=f"CB{tender.pk}", request_key=key())
    deliver_due()
    order.refresh_from_db()


def of_platform(currency: str) -> int:
    return sum(row.minor for row in Posting.objects.filter(account__holder="platform", account__purpose="fees", currency=currency))


# ---------- silence ----------


@pytest.mark.spec("H34")
def test_silence_never_agrees_to_a_lower_price_and_customer_service_is_told():
    order, buyer, seller, _listing = credit_trade()
    refund = ask(order, buyer, Claim(order.lines.get().pk, off_minor=5_000_000))

    days_later(3)

    refund.refresh_from_db()
    assert refund.state == "requested" and balance(buyer.pk, CREDIT).minor == -5_480_000
    assert Fact.objects.filter(name="orders.refund_unanswered").count() == 1
    agree(order, refund, seller)  # a late answer still counts
    assert refund.parts.get().amount_minor == 5_000_000


@pytest.mark.spec("H34")
def test_silence_on_goods_that_never_left_still_counts_as_agreement():
    order, buyer, _seller, listing = credit_trade()
    refund = ask(order, buyer, Claim(order.lines.get().pk, quantity=4))

    days_later(3)

    refund.refresh_from_db()
    listing.stock.refresh_from_db()
    assert (refund.state, listing.stock.reserved, balance(buyer.pk, CREDIT).minor) == ("settled", 6, -6 * UNIT)


@pytest.mark.spec("H34")
def test_silence_on_goods_out_and_a_lower_price_in_one_request_waits_whole():
    buyer, seller = verified_enterprise(), verified_enterprise()
    goods = [live_listing(seller), live_listing(seller)]
    order = paid(buyer, seller, [(one, 10) for one in goods], 20 * UNIT, 0)
    first, second = order.lines.order_by("pk")
    refund = ask(order, buyer, Claim(first.pk, quantity=4), Claim(second.pk, off_minor=1))

    days_later(3)

    refund.refresh_from_db()
    assert refund.state == "requested" and not refund.parts.exists()


# ---------- commission ----------


@pytest.mark.spec("B03")
def test_a_part_takes_its_share_of_the_payers_commission_back():
    charged(100, 50)
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = paid(buyer, seller, [(live_listing(seller), 10)], 3_000_000, 2_480_000)
    start = balance(buyer.pk, CREDIT).minor

    refund = ask(order, buyer, Claim(order.lines.get().pk, quantity=5))
    agree(order, refund, seller)

    back = {part.tender.kind: (part.amount_minor, part.fee_minor) for part in refund.parts.select_related("tender")}
    assert back == {"credit": (1_500_000, 15_000), "cash": (1_240_000, 12_400)}
    assert balance(buyer.pk, CREDIT).minor - start == 1_515_000
    assert order.tenders.get(kind="cash").escrow.returned_minor == 1_252_400
    shipped(order, seller)
    accepted(order, buyer)
    assert balance(seller.pk, CREDIT).minor == 1_500_000 - 7_500
    assert of_platform(CREDIT) == 15_000 + 7_500
    sound()


@pytest.mark.spec("B03")
@settings(max_examples=12, deadline=None)
@given(
    rates=st.tuples(st.integers(0, 1000), st.integers(0, 1000)), credit=st.integers(1, 2 * UNIT - 1),
    steps=st.lists(st.one_of(st.integers(1, UNIT // 2), st.just(0)), min_size=1, max_size=4), whole=st.booleans(),
)  # fmt: skip
def test_p10_any_sequence_of_parts_with_commission_conserves_to_the_minor_unit(rates, credit, steps, whole):
    sid = transaction.savepoint()
    charged(*rates)
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = paid(buyer, seller, [(live_listing(seller, moq=1), 2)], credit, 2 * UNIT - credit)
    line, back = order.lines.get(), 0
    for off in steps:
        try:
            refund = ask(order, buyer, Claim(line.pk, off_minor=off) if off else Claim(line.pk, quantity=1))
        except Refusal:
            continue  # more than is left
        agree(order, refund, seller)
        back += sum(row.amount_minor for row in refund.lines.all())
    parts = RefundPart.objects.filter(refund__order=order)
    assert sum(part.amount_minor for part in parts) == back
    for tender in order.tenders.all():
        mine = [part for part in parts if part.tender_id == tender.pk]
        gone, fee = sum(part.amount_minor for part in mine), sum(part.fee_minor for part in mine)
        assert abs(2 * (fee * tender.amount_minor - tender.payer_fee_minor * gone)) <= tender.amount_minor
    sound()
    if whole:
        last = request_refund(order.no, actor=member_actor(buyer), reason="all", request_key=key())
        agree(order, last, seller)
        assert (balance(buyer.pk, CREDIT).minor, of_platform(CREDIT), of_platform("CNY")) == (0, 0, 0)
    else:
        shipped(order, seller)
        accepted(order, buyer)
        assert balance(buyer.pk, CREDIT).minor + balance(seller.pk, CREDIT).minor + of_platform(CREDIT) == 0
    sound()
    transaction.savepoint_rollback(sid)


@given(st.integers(0, 10**12), st.integers(1, 10**13), st.lists(st.integers(0, 10**12), max_size=8))
def test_the_commission_goes_back_step_by_step_as_it_would_at_once(fee, amount, steps):
    gone = given_back = 0
    for step in steps:
        if gone + step >= amount:
            break
        gone += step
        part = fee_back(fee, amount, gone, given_back)
        assert part >= 0
        given_back += part
    assert given_back == fee_back(fee, amount, gone, 0) <= fee


# ---------- currencies ----------


@pytest.mark.spec("M41")
def test_goods_priced_in_one_currency_and_paid_in_another_are_undone_whole_only():
    rates_in_force()
    mill, maker, _own, pumps = two_countries()
    paper = live_listing(maker)
    order = confirmed(proposed_abroad(mill, maker, get=[(pumps, 1), (paper, 10)], cash=Money(852_276 + 10 * UNIT, "CNY")))
    collected(order)
    assert order.state == "funded"

    with pytest.raises(Refusal) as refusal:
        ask(order, mill, Claim(order.lines.first().pk, off_minor=1_000))

    assert refusal.value.code == "part_refused" and str(refusal.value) == str(part_blocked(order))
    assert "币种" in str(refusal.value)


# ---------- the database ----------


@pytest.mark.spec("H34")
def test_the_database_lets_no_line_give_back_more_than_its_worth():
    order, buyer, seller, _listing = credit_trade()
    refund = ask(order, buyer, Claim(order.lines.get().pk, off_minor=6 * UNIT))
    agree(order, refund, seller)
    line, tender = order.lines.get(), order.tenders.get()

    with pytest.raises(Error), transaction.atomic():
        RefundLine.objects.create(refund=refund, line=line, quantity=0, amount_minor=1)  # it is answered
    second = Refund.objects.create(order=order, asked_by=buyer, kind="part", reason="x", created_at=now())
    RefundLine.objects.create(refund=second, line=line, quantity=0, amount_minor=4 * UNIT + 1)
    with pytest.raises(Error), transaction.atomic():
        Refund.objects.filter(pk=second.pk).update(state="settled", answered_at=now(), settled_at=now())
    with pytest.raises(Error), transaction.atomic():
        RefundPart.objects.create(refund=second, tender=tender, amount_minor=4 * UNIT)  # nothing would be left of it


@pytest.mark.spec("H34")
def test_the_audit_finds_money_back_that_no_part_tells_of():
    order, buyer, seller, _listing = credit_trade()
    agree(order, ask(order, buyer, Claim(order.lines.get().pk, quantity=2)), seller)
    assert not [*parts_audit()]
    other = Refund.objects.create(order=order, asked_by=buyer, kind="part", reason="x", created_at=now())
    RefundPart.objects.create(refund=other, tender=Tender.objects.get(order=order), amount_minor=1)
    [finding] = parts_audit()
    assert finding["order"] == order.no


# ---------- what is read of it ----------


def halved(payer: int = 100, payee: int = 50):
    """A mixed trade with commission of which half the goods went back: 15,150.00 credit, 12,524.00 cash."""
    charged(payer, payee)
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = paid(buyer, seller, [(live_listing(seller), 10)], 3_000_000, 2_480_000)
    agree(order, ask(order, buyer, Claim(order.lines.get().pk, quantity=5)), seller)
    return order, buyer, seller


@pytest.mark.spec("H34", "B03")
def test_the_order_page_the_list_and_the_desk_say_what_went_back_in_part(client):
    order, buyer, seller = halved()
    for firm, words in ((buyer, ("12,524.00", "12,524.00")), (seller, ("12,338.00", "12,524.00"))):
        client.force_login(main_account(firm), backend=BACKEND)
        page = client.get(reverse("orders:detail", args=[order.no])).content.decode()
        assert all(word in page for word in words) and "部分退回" in page
        sheet = client.get(reverse("orders:export") + "?tab=all").content.decode()
        assert "15150.00 XEH + 12524.00 CNY" in sheet or "12524.00 CNY + 15150.00 XEH" in sheet
    client.force_login(staff_user("orders.view_order", "orders.view_refund"), backend=BACKEND)
    seen = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "12,524.00" in seen
    assert "15,150.00" in client.get(f"/admin/orders/refund/{order.refunds.get().pk}/change/").content.decode()


@pytest.mark.spec("H34")
def test_the_balance_bar_weighs_what_stays():
    order, buyer, seller = halved()
    agree(order, ask(order, buyer, Claim(order.lines.get().pk, off_minor=40_000)), seller)
    shown = desk.weights(order_for(member_actor(buyer), order.no), buyer.pk)
    assert shown["get"] == shown["credit"] + shown["cash"] == 5 * UNIT - 40_000


@pytest.mark.spec("B18", "B03")
def test_the_statement_says_what_went_back_in_part_and_what_was_paid_in_the_end():
    order, buyer, seller = halved()
    span = (now() - timedelta(hours=1), now() + timedelta(hours=1))
    shipped(order, seller)
    accepted(order, buyer)
    rows = cash_movements(buyer.pk, *span, limit=10)
    assert [(row["zh"], row["amount"]) for row in rows] == [("付入托管", "-25,048.00"), ("托管部分退回", "12,524.00")]
    assert [row["amount"] for row in cash_movements(seller.pk, *span, limit=10)] == ["12,338.00"]
    escrow = order.tenders.get(kind="cash").escrow
    assert escrow.left_minor - escrow.fee_left_minor == 1_233_800


@pytest.mark.spec("B18")
def test_papers_made_after_a_part_and_the_export_say_so():
    order, buyer, seller = halved()
    order = order_for(member_actor(buyer), order.no)
    assert [row["back"] for row in proforma_content(order, seller.pk)["tenders"]] == ["15,150.00 易货额度 / barter credit", "¥12,524.00"]
    assert [row["returned_in_part"].minor for row in export_money(buyer.pk)] == [1_515_000, 1_252_400]


@pytest.mark.spec("B10")
def test_approving_a_part_is_weighed_by_the_part_not_by_the_order():
    order, buyer, seller, _listing = credit_trade()
    clerk, line = sub_account(seller, "trade"), order.lines.get()
    place = Membership.objects.get(user=clerk).pk
    set_limit(place, per_order_minor=5 * UNIT, per_period_minor=None, period="month", actor=member_actor(seller), request_key=key())

    first = ask(order, buyer, Claim(line.pk, quantity=5))
    approve_refund(order.no, first.pk, actor=member_actor(seller, clerk), request_key=key())
    assert balance(buyer.pk, CREDIT).minor == -5 * UNIT
