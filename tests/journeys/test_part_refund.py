"""A part of a trade goes back over HTTP: mixed money with commission, and nothing of what was accepted (H26, H33, H34, B03)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from kernel.services import deliver_due
from orders.models import Order
from tests.orders.test_part_refund_rules import charged
from tests.worlds import allow_credit, key, staff_user

from .browsing import ask, finance_confirms, signed_in
from .test_first_trade import FINANCE, money, proposes, world

pytestmark = pytest.mark.django_db


def sound() -> None:
    call_command("verify_ledger", stdout=StringIO())  # raises when a check fails


@pytest.mark.spec("H26", "H34", "B03")
def test_mixed_tender_with_partial_refund():
    charged(100, 50)
    buyer, seller, buying, selling, paper, _board = world()
    finance = signed_in(staff_user(*FINANCE))
    allow_credit(buyer, 5_000_000)
    no = proposes(buying, paper, get_1_quantity=10, payer="me", credit="30000", cash="24800", note="")
    ask(selling, "confirmation", no)
    finance_confirms(finance, "collect", "BANK-1")
    deliver_due()
    assert money(buyer, seller) == [(-3_030_000, 0, 5_534_800), (0, 0, 0)]
    order = Order.objects.get(no=no)
    line, url = order.lines.get(), reverse("orders:detail", args=[no])

    page = buying.get(url).content.decode()
    assert reverse("orders:refund_part", args=[no]) in page
    ask(buying, "refund_part", no, reason="Three tonnes fewer", **{f"many_{line.pk}": "3"})
    answer = reverse("orders:refund_approval", args=[no, order.refunds.get().pk])
    assert answer in selling.get(url).content.decode()
    shown = selling.get(answer).content.decode()
    assert "Three tonnes fewer" in shown and "16,440.00" in shown
    ask(selling, "refund_approval", no, order.refunds.get().pk)

    # 3 × 5,480.00 with 1% commission, mirrored: 9,090.00 of credit, 7,514.40 of cash.
    assert money(buyer, seller) == [(-2_121_000, 751_440, 3_874_360), (0, 0, 0)]
    finance_confirms(finance, "part", "BANK-2")
    assert money(buyer, seller)[0] == (-2_121_000, 0, 3_874_360)
    for office in (buying, selling):
        assert "7,514.40 went back in part" in office.get(url).content.decode().replace("¥", "").replace("CN", "")

    # What remains leaves, is accepted and paid: half a per cent of 21,000.00 and of 17,360.00 is the seller's commission.
    ask(selling, "shipment", no, carrier="sf", carrier_name="", waybill_no="SF1385628716739")
    ask(buying, "acceptance", no, order.consignments.get(state="shipped").pk)
    finance_confirms(finance, "pay_out", "BANK-3")
    assert money(buyer, seller) == [(-2_121_000, 0, 0), (2_089_500, 0, 0)]
    paper.stock.refresh_from_db()
    assert (paper.stock.on_hand, paper.stock.reserved) == (93, 0)
    sound()


@pytest.mark.spec("H33", "H26")
def test_return_refused_after_acceptance():
    buyer, seller, buying, selling, paper, _board = world()
    allow_credit(buyer, 5_480_000)
    no = proposes(buying, paper, get_1_quantity=10, payer="me", credit="54800", note="")
    ask(selling, "confirmation", no)
    order = Order.objects.get(no=no)
    line = order.lines.get()
    ask(selling, "shipment", no, carrier="sf", carrier_name="", waybill_no="SF1385628716739")
    first = order.consignments.get(state="shipped")
    ask(buying, "acceptance", no, first.pk)

    assert money(buyer, seller) == [(-5_480_000, 0, 0), (5_480_000, 0, 0)]
    for name, typed in (
        ("refund_new", {}), ("refund_part", {f"off_{line.pk}": "10"}), ("refund_part", {f"back_{line.pk}_{first.pk}": "1"}),
    ):  # fmt: skip
        late = buying.post(reverse(f"orders:{name}", args=[no]), {"reason": "Regret", "request_key": key(), **typed})
        assert late.status_code == 422, name
    page = buying.get(reverse("orders:detail", args=[no])).content.decode()
    assert reverse("orders:refund_part", args=[no]) not in page and reverse("orders:refund_new", args=[no]) not in page
    assert order.refunds.count() == 0 and money(buyer, seller) == [(-5_480_000, 0, 0), (5_480_000, 0, 0)]
    sound()
