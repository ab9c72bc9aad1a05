"""The first trade over HTTP: goods listed and reviewed, proposed, confirmed, held, shipped, accepted, paid, on paper."""

import pytest
from django.urls import reverse

from catalog.models import Listing
from kernel.money import CREDIT
from kernel.services import deliver_due, verify_chain
from ledger.queries import balance, held
from orders.models import Order
from tests.worlds import allow_credit, staff_user, verified_enterprise

from .browsing import approves_listing, ask, finance_confirms, lists_goods, office_of, proposes, signed_in

pytestmark = pytest.mark.django_db
REVIEWER = ("catalog.review_listing", "catalog.view_listing")
FINANCE = ("credit_guarantee.confirm_custodian", "credit_guarantee.view_custodianinstruction", "credit_guarantee.view_escrow")


def money(*firms) -> list[tuple[int, int, int]]:
    """(credit, cash owed by the custodian, held) of each, in minor units."""
    return [(balance(f.pk, CREDIT).minor, balance(f.pk, "CNY").minor, held(f.pk).minor + held(f.pk, "CNY").minor) for f in firms]


def world():
    buyer, seller = verified_enterprise("远山包装制品有限公司"), verified_enterprise("青岚纸业有限公司")
    buying, selling, reviewer = office_of(buyer), office_of(seller), signed_in(staff_user(*REVIEWER))
    paper = lists_goods(selling)
    board = lists_goods(buying, title_zh="A 级箱板纸 140g", title_en="Linerboard A grade 140 gsm", price="3620")
    for listing in (paper, board):
        assert listing.state == "in_review"
        approves_listing(reviewer, listing)
    return buyer, seller, buying, selling, paper, board


def delivers(giving, receiving, no: str) -> None:
    """One side ships with a waybill number, the other signs by accepting."""
    ask(giving, "shipment", no, carrier="sf", carrier_name="", waybill_no="SF1385628716739")
    goods = Order.objects.get(no=no).consignments.filter(state="shipped").get()
    assert receiving.get(reverse("orders:detail", args=[no])).context["step"].mine
    ask(receiving, "acceptance", no, goods.pk)


def reads_its_paper(no: str, *clients) -> None:
    """The confirmation is made by the relay and is for the two parties only."""
    deliver_due()
    url = reverse("orders:paper", args=[no, Order.objects.get(no=no).papers.get().pk])
    for client in clients:
        assert url in client.get(reverse("orders:detail", args=[no])).content.decode()
        answer = client.get(url)
        assert answer.content.startswith(b"%PDF") and "attachment" in answer.headers["Content-Disposition"]
    assert office_of(verified_enterprise()).get(url).status_code == 404


@pytest.mark.spec("M44", "H53", "B03", "C19", thin=True)
def test_goods_for_goods_with_a_credit_difference():
    buyer, seller, buying, selling, paper, board = world()
    assert paper.title_en in buying.get(reverse("catalog:market"), {"q": "双胶纸"}).content.decode()
    allow_credit(buyer, 1_860_000)

    no = proposes(buying, paper, get_1_quantity=10, give_1=board.pk, give_1_quantity=10, payer="me", credit="18600", note="")
    assert money(buyer, seller) == [(0, 0, 0), (0, 0, 0)]
    ask(selling, "confirmation", no)
    assert money(buyer, seller) == [(-1_860_000, 0, 1_860_000), (0, 0, 0)]
    reads_its_paper(no, buying, selling)

    delivers(buying, selling, no)
    assert money(buyer, seller) == [(-1_860_000, 0, 1_860_000), (0, 0, 0)]
    delivers(selling, buying, no)
    assert money(buyer, seller) == [(-1_860_000, 0, 0), (1_860_000, 0, 0)]

    order = Order.objects.get(no=no)
    assert order.state == "completed"
    assert [(row.stock.on_hand, row.stock.reserved) for row in Listing.objects.filter(pk__in=[paper.pk, board.pk])] == [(90, 0), (90, 0)]
    page = selling.get(reverse("orders:detail", args=[no]))
    assert [entry.amount.minor for entry in page.context["entries"]] == [1_860_000, 1_860_000]
    assert all(entry.no in page.content.decode() for entry in page.context["entries"])


@pytest.mark.spec("H55", "C14", "B18", thin=True)
def test_goods_for_cash_through_the_custodian():
    buyer, seller, buying, selling, paper, _board = world()
    finance = signed_in(staff_user(*FINANCE))
    no = proposes(buying, paper, get_1_quantity=2, payer="me", cash="10960", note="")
    ask(selling, "confirmation", no)
    page = buying.get(reverse("orders:detail", args=[no]))
    reference = Order.objects.get(no=no).tenders.get().escrow.remittance_reference
    assert reference in page.content.decode() and "¥</span>10,960" in page.content.decode()
    assert reference not in selling.get(reverse("orders:detail", args=[no])).content.decode()
    assert money(buyer, seller) == [(0, 0, 0), (0, 0, 0)]

    finance_confirms(finance, "collect", "BANK-1")
    deliver_due()
    assert Order.objects.get(no=no).state == "funded"
    assert money(buyer, seller) == [(0, 0, 1_096_000), (0, 0, 0)]

    delivers(selling, buying, no)
    assert Order.objects.get(no=no).state == "completed"
    assert money(buyer, seller) == [(0, 0, 0), (0, 1_096_000, 0)]
    deliver_due()
    finance_confirms(finance, "pay_out", "BANK-2")
    assert money(buyer, seller) == [(0, 0, 0), (0, 0, 0)]
    reads_its_paper(no, buying, selling)


@pytest.mark.spec("H17", thin=True)
def test_both_timelines_say_who_did_what_and_their_chains_hold():
    buyer, seller, buying, selling, paper, _board = world()
    allow_credit(buyer, 548_000)
    no = proposes(buying, paper, get_1_quantity=1, payer="me", credit="5480", note="")
    ask(selling, "confirmation", no)
    delivers(selling, buying, no)
    for client in (buying, selling):
        entries = client.get(reverse("orders:log", args=[no])).context["entries"]
        names = [str(entry.what) for entry in entries]
        for expected in ("Trade proposed", "Terms confirmed by both parties", "Goods shipped", "Goods accepted"):
            assert expected in names
    for firm in (buyer, seller):
        assert verify_chain(firm.chain) == []
