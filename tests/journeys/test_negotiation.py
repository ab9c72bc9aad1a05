"""Bargaining over HTTP: three sellers asked, two rounds, an order; a barter with top-up after a counter-offer; changed terms confirmed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localtime

from kernel.clock import now
from orders.models import Negotiation, Order, OrderLine
from tests.worlds import accepted, allow_credit, live_listing, shipped, verified_enterprise

from .browsing import ask, done, hidden, office_of, proposes

pytestmark = pytest.mark.django_db


def moment(days: int) -> str:
    return localtime(now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def offers(client, url: str, **typed) -> str:
    """Send an offer's form with what it starts from and some values typed over it."""
    page = client.get(url)
    start = {name: value for name, value in page.context["form"].data.items() if value not in (None, "")}
    return done(client.post(url, {**start, **typed, "step": "send"}))


def text_of(client, name: str, *args) -> str:
    return client.get(reverse(f"orders:{name}", args=args)).content.decode()


@pytest.mark.spec("B11")
def test_a_request_to_three_sellers_two_rounds_and_an_order():
    buyer, sellers = verified_enterprise(), [verified_enterprise() for _n in range(3)]
    allow_credit(buyer, 90_000_000)
    goods = [live_listing(firm) for firm in sellers]
    buying, selling = office_of(buyer), [office_of(firm) for firm in sellers]
    new = reverse("orders:rfq_new") + f"?goods={goods[0].no}"
    page = buying.get(new)
    assert page.context["form"]["title"].value() == goods[0].title
    typed = {
        "request_key": hidden(page, "request_key"), "title": "双胶纸 70g", "category": "PAP", "quantity": "20", "unit": "t",
        "target": "5200", "currency": "CNY", "place": "广州",
        "gives_credit": "on", "answer_by": moment(3), "others": f"{goods[1].no}\n{sellers[2].handle}",
        "picked": goods[0].no,
    }  # fmt: skip
    no = done(buying.post(new, typed)).rstrip("/").rsplit("/", 1)[-1]
    threads = {thread.seller_id: thread for thread in Negotiation.objects.filter(rfq__no=no)}
    assert len(threads) == 3
    for firm, client, price, listing in zip(sellers, selling, ("5480", "5350", "5600"), goods, strict=True):
        url = reverse("orders:offer", args=[threads[firm.pk].no])
        line = {"give_1": listing.pk, "give_1_quantity": "20", "give_1_price": price, "payer": "them", "credit": str(int(price) * 20)}
        offers(client, url, **line, lead_days="7", valid_until=moment(5))
    compared = text_of(buying, "rfq", no)
    assert "5,350" in compared and "lowest" in compared

    second = threads[sellers[1].pk]
    offers(buying, reverse("orders:offer", args=[second.no]), get_1_price="5200", credit="104000", lead_days="5", valid_until=moment(4))
    seen = text_of(selling[1], "negotiation", second.no)
    assert "<del>¥5,350.00</del>" in seen and "<del>7 days</del>" in seen  # what changed is marked in words, not by colour alone
    where = ask(selling[1], "offer_acceptance", second.no)

    order = Order.objects.get(no=where.rstrip("/").split("/")[-2])
    assert where == reverse("orders:confirmation", args=[order.no]) and order.responder == sellers[1]
    ask(selling[1], "confirmation", order.no)
    order.refresh_from_db()
    assert (order.state, order.lines.get().unit_price_minor, order.tenders.get().amount_minor) == ("funded", 520_000, 10_400_000)
    assert "not_chosen" in text_of(selling[0], "negotiation", threads[sellers[0].pk].no)
    assert selling[0].get(reverse("orders:negotiation", args=[second.no])).status_code == 404
    assert selling[0].get(reverse("orders:rfq", args=[no])).status_code == 404


@pytest.mark.spec("B11")
def test_direct_barter_with_a_top_up_after_a_counter_offer():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 90_000_000)
    paper, board = live_listing(seller), live_listing(buyer, title_zh="A 级箱板纸", title_en="Linerboard")
    buying, selling = office_of(buyer), office_of(seller)
    no = proposes(buying, paper, get_1_quantity="20", give_1=board.pk, give_1_quantity="10", payer="me", credit="54800")

    url = reverse("orders:counter", args=[no])
    thread_url = offers(selling, url, get_1_price="5300", payer="them", credit="56600", valid_until=moment(3))
    thread = Negotiation.objects.get(source__no=no)
    assert thread_url == reverse("orders:negotiation", args=[thread.no])
    assert "counter-offer" in text_of(buying, "detail", no)
    where = ask(buying, "offer_acceptance", thread.no)
    agreed = where.rstrip("/").split("/")[-2]
    ask(buying, "confirmation", agreed)

    order = Order.objects.get(no=agreed)
    assert (order.state, order.tenders.get().amount_minor) == ("funded", 5_660_000)
    assert {line.listing_id: line.unit_price_minor for line in order.lines.all()} == {paper.pk: 548_000, board.pk: 530_000}


@pytest.mark.spec("H25")
def test_changed_terms_are_confirmed_and_the_original_kept():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 90_000_000)
    paper = live_listing(seller)
    buying, selling = office_of(buyer), office_of(seller)
    no = proposes(buying, paper, get_1_quantity="10", payer="me", credit="54800", note="一次到货")
    ask(selling, "confirmation", no)
    order = Order.objects.get(no=no)
    line = order.lines.get()

    new = reverse("orders:amendment_new", args=[no])
    start = buying.get(new).context["form"]
    typed = {
        "request_key": start["request_key"].value(), "seen_hash": start["seen_hash"].value(), f"quantity_{line.pk}": "12",
        f"price_{line.pk}": "5480", "payer": "me", "credit": "65760", "note": "分两批到货", "reason": "项目追加两吨",
    }  # fmt: skip
    url = done(buying.post(new, typed))
    page = selling.get(url)
    assert "<del>10 t</del>" in page.content.decode() and "项目追加两吨" in page.content.decode()
    form = page.context["form"]
    done(selling.post(url, {"request_key": form["request_key"].value(), "terms_hash": form["terms_hash"].value()}))

    order.refresh_from_db()
    assert (order.version, order.lines.get().quantity, order.note) == (2, 12, "分两批到货")
    kept = text_of(buying, "versions", no)
    assert "Version 1" in kept and "Version 2" in kept and "一次到货" in kept
    assert OrderLine.every.filter(order=order, quantity=10).exists()
    shipped(order, seller)
    accepted(order, buyer)
    assert Order.objects.get(no=no).state == "completed"


@pytest.mark.spec("B11")
def test_bad_input_is_answered_at_the_field_and_nothing_typed_is_lost():
    buyer = verified_enterprise()
    buying = office_of(buyer)
    url = reverse("orders:rfq_new")
    page = buying.get(url)
    typed = {
        "request_key": hidden(page, "request_key"), "title": "双胶纸", "category": "PAP", "quantity": "1e3", "unit": "t", "currency": "CNY",
        "answer_by": moment(3), "others": "没有这家公司", "gives_cash": "on",
    }  # fmt: skip
    answer = buying.post(url, typed)
    assert answer.status_code == 422 and "没有这家公司" in answer.content.decode() and answer.context["form"].errors["quantity"]
    answer = buying.post(url, {**typed, "quantity": "10"})
    assert answer.status_code == 422 and answer.context["form"].errors["others"]
    answer = buying.post(url, {**typed, "quantity": "10", "others": "", "answer_by": ""})
    assert set(answer.context["form"].errors) == {"others", "answer_by"}
