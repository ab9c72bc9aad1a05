"""Undoing a trade before goods are accepted, over HTTP: by approval, at once while unpaid, refused, withdrawn, too late (H26, H33, H34)."""

import pytest
from django.urls import reverse

from catalog.models import Listing
from kernel.money import CREDIT
from kernel.services import deliver_due
from ledger.queries import balance, held
from messaging.models import Notice
from orders.models import Order
from tests.worlds import (
    accepted,
    confirmed,
    credit_trade,
    key,
    live_listing,
    main_account,
    proposed_order,
    shipped,
    staff_user,
    verified_enterprise,
)

from .browsing import ask, finance_confirms, office_of, signed_in
from .test_first_trade import FINANCE

pytestmark = pytest.mark.django_db
PRICE = 5_480_000


def credit_of(enterprise) -> int:
    return balance(enterprise.pk, CREDIT).minor


def stock_of(listing) -> tuple:
    stock = Listing.objects.get(pk=listing.pk).stock
    return stock.on_hand, stock.reserved


@pytest.mark.spec("H26", "H34")
@pytest.mark.parametrize("asker", ["buyer", "seller"])
def test_either_side_may_cancel_before_shipment_and_the_ledger_mirrors(asker):
    order, buyer, seller, listing = credit_trade()
    asking, answering = (office_of(buyer), office_of(seller)) if asker == "buyer" else (office_of(seller), office_of(buyer))
    assert (credit_of(buyer), held(buyer.pk).minor, stock_of(listing)) == (-PRICE, PRICE, (100, 10))

    ask(asking, "refund_new", order.no, reason="No longer needed")
    assert Order.objects.get(pk=order.pk).state == "funded"
    assert credit_of(buyer) == -PRICE
    page = answering.get(reverse("orders:detail", args=[order.no]))
    assert page.context["step"].mine and "No longer needed" in page.content.decode()
    assert reverse("orders:refund_approval", args=[order.no, order.refunds.get().pk]) in page.content.decode()
    ask(answering, "refund_approval", order.no, order.refunds.get().pk)

    order.refresh_from_db()
    assert (order.state, order.refunds.get().state, order.tenders.get().state) == ("cancelled", "settled", "returned")
    assert (credit_of(buyer), credit_of(seller), held(buyer.pk).minor) == (0, 0, 0)
    assert stock_of(listing) == (100, 0)
    entries = asking.get(reverse("orders:detail", args=[order.no])).context["entries"]
    assert [entry.amount.minor for entry in entries] == [PRICE, PRICE]
    deliver_due()
    told = Notice.objects.filter(url=reverse("orders:detail", args=[order.no]), msgid__contains="cancelled").values_list(
        "recipient_id", flat=True
    )
    assert set(told) == {main_account(buyer).pk, main_account(seller).pk}


@pytest.mark.spec("H26")
def test_an_unpaid_order_ends_at_once():
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], cash=PRICE))
    ask(office_of(buyer), "refund_new", order.no, reason="Changed plans")
    order.refresh_from_db()
    assert (order.state, order.tenders.get().state, order.tenders.get().escrow.state) == ("cancelled", "dropped", "cancelled")
    assert stock_of(listing) == (100, 0)


@pytest.mark.spec("H34")
def test_held_cash_is_owed_back_to_the_payer_and_paid_back_by_the_custodian():
    buyer, seller = verified_enterprise(), verified_enterprise()
    order = confirmed(proposed_order(buyer, seller, get=[(live_listing(seller), 10)], cash=PRICE))
    finance = signed_in(staff_user(*FINANCE))
    finance_confirms(finance, "collect", "BANK-7")
    deliver_due()
    ask(office_of(seller), "refund_new", order.no, reason="Out of stock")
    ask(office_of(buyer), "refund_approval", order.no, order.refunds.get().pk)
    assert [balance(firm.pk, "CNY").minor for firm in (buyer, seller)] == [PRICE, 0]
    page, pay_back = reverse("orders:detail", args=[order.no]), "instructed to give it back"
    assert pay_back in office_of(buyer).get(page).content.decode()  # not "given back" before the custodian says so
    finance_confirms(finance, "pay_back", "BANK-8")
    assert pay_back not in office_of(buyer).get(page).content.decode()
    assert [balance(firm.pk, "CNY").minor for firm in (buyer, seller)] == [0, 0]


@pytest.mark.spec("H26")
def test_a_refusal_needs_a_reason_and_lets_the_order_go_on():
    order, buyer, seller, _listing = credit_trade()
    selling = office_of(seller)
    ask(office_of(buyer), "refund_new", order.no, reason="No longer needed")
    refund = order.refunds.get()
    url = reverse("orders:refund_rejection", args=[order.no, refund.pk])
    assert selling.post(url, {"answer": " ", "request_key": key()}).status_code == 422
    ship = selling.post(
        reverse("orders:shipment", args=[order.no]), {"carrier": "sf", "waybill_no": "SF1385628716739", "request_key": key()}
    )
    assert ship.status_code == 422 and "answer it first" in ship.content.decode()
    ask(selling, "refund_rejection", order.no, refund.pk, answer="Already packed")
    refund.refresh_from_db()
    assert (refund.state, refund.answer, credit_of(buyer)) == ("rejected", "Already packed", -PRICE)
    assert "Already packed" in office_of(buyer).get(reverse("orders:detail", args=[order.no])).content.decode()
    shipped(order, seller)


@pytest.mark.spec("H26")
def test_the_asker_cannot_answer_itself_but_may_withdraw():
    order, buyer, _seller, _listing = credit_trade()
    buying = office_of(buyer)
    ask(buying, "refund_new", order.no, reason="No longer needed")
    refund = order.refunds.get()
    own = buying.post(reverse("orders:refund_approval", args=[order.no, refund.pk]), {"request_key": key()})
    assert own.status_code == 403
    refund.refresh_from_db()
    assert (refund.state, credit_of(buyer)) == ("requested", -PRICE)
    ask(buying, "refund_withdrawal", order.no, refund.pk)
    refund.refresh_from_db()
    assert refund.state == "withdrawn"


@pytest.mark.spec("H33")
def test_once_goods_are_accepted_there_is_no_refund_and_the_page_says_what_there_is():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    accepted(order, buyer)
    buying = office_of(buyer)
    assert not buying.get(reverse("orders:detail", args=[order.no])).context["refund_possible"]
    late = buying.post(reverse("orders:refund_new", args=[order.no]), {"reason": "Regret", "request_key": key()})
    assert late.status_code == 422 and "open a complaint" in late.content.decode()
    assert order.refunds.count() == 0 and credit_of(seller) == PRICE


def test_whoever_approves_a_refund_reads_first_what_has_already_been_shipped():
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    ask(office_of(buyer), "refund_new", order.no, reason="No longer needed")

    url = reverse("orders:refund_approval", args=[order.no, order.refunds.get().pk])
    form = office_of(seller).get(url, headers={"accept-language": "en"}).context["form"]

    asked = [field.label for name, field in form.fields.items() if name.startswith("goods_")]
    assert len(asked) == 1 and "× 10" in asked[0] and "SF1385628716739" in asked[0]
