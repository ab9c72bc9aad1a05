"""The pages of orders over HTTP: who may open what, what forms keep, what a page costs."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.models import Listing
from kernel.money import CREDIT, Money
from kernel.services import deliver_due
from kernel.sheets import neutral
from ledger.queries import balance
from orders.models import Order
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
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db


def browser(enterprise, user=None) -> Client:
    client = Client()
    client.force_login(user or main_account(enterprise), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    return client


def hidden(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def a_proposal(credit: int = 5_480_000):
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, credit)
    return proposed_order(buyer, seller, get=[(live_listing(seller), 10)], credit=credit), buyer, seller


def every_url(order) -> list[str]:
    goods = order.consignments.first().pk
    names = ["detail", "log", "messages", "confirmation", "decline", "withdrawal", "shipment", "refund_new"]
    urls = [reverse(f"orders:{name}", args=[order.no]) for name in names]
    urls += [reverse(f"orders:{name}", args=[order.no, goods]) for name in ("acceptance", "events", "paper")]
    return urls + [reverse(f"orders:refund_{name}", args=[order.no, 1]) for name in ("approval", "rejection", "withdrawal")]


def test_every_order_page_is_404_for_a_stranger_and_writes_nothing():
    order, _buyer, _seller, _listing = credit_trade()
    before = (order.state, Order.objects.count(), order.refunds.count())
    stranger = browser(verified_enterprise())
    for url in every_url(order):
        data = {"request_key": key(), "reason": "x", "answer": "x", "body": "x", "terms_hash": order.terms_hash}
        assert stranger.post(url, data).status_code == 404, url
        got = stranger.get(url).status_code
        assert got == 404 or (got == 405 and url.endswith(("/messages/", "/events/"))), url
    order.refresh_from_db()
    assert (order.state, Order.objects.count(), order.refunds.count()) == before


def test_visitors_are_asked_to_log_in():
    order, *_ = credit_trade()
    for url in [reverse("orders:list"), reverse("orders:export"), reverse("orders:new"), *every_url(order)]:
        response = Client().get(url)
        assert response.status_code == 302 and reverse("account_login") in response.headers["Location"], url


@pytest.mark.spec("H15", thin=True)
def test_a_sub_account_without_the_box_is_told_which_one_it_needs():
    order, _buyer, seller = a_proposal()
    nothing = browser(seller, sub_account(seller))
    assert nothing.get(reverse("orders:list")).status_code == 403
    shipper = browser(seller, sub_account(seller, "ship"))
    assert shipper.get(reverse("orders:detail", args=[order.no])).status_code == 200
    url = reverse("orders:confirmation", args=[order.no])
    refused = shipper.post(url, {"terms_hash": order.terms_hash, "request_key": key()})
    assert refused.status_code == 403
    assert "orders and proposals" in refused.content.decode()
    order.refresh_from_db()
    assert order.state == "proposed"


def test_the_list_costs_the_same_whatever_its_length(django_assert_max_num_queries):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=1000)
    client = browser(buyer)
    for _ in range(2):
        proposed_order(buyer, seller, get=[(listing, 10)])
    client.get(reverse("orders:list"))
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("orders:list") + "?tab=all")
    for _ in range(10):
        proposed_order(buyer, seller, get=[(listing, 10)])
    with django_assert_max_num_queries(15) as many:
        assert client.get(reverse("orders:list") + "?tab=all").status_code == 200
    assert len(many) == len(few)


def test_the_tabs_say_whose_move_it_is():
    order, buyer, seller = a_proposal()
    for firm, tab, shown in [
        (seller, "mine", True),
        (seller, "theirs", False),
        (buyer, "mine", False),
        (buyer, "theirs", True),
        (buyer, "done", False),
    ]:
        page = browser(firm).get(reverse("orders:list"), {"tab": tab}).content.decode()
        assert (order.no in page) == shown, (firm, tab)


def test_the_list_is_searched_by_number_goods_and_firm():
    order, buyer, seller = a_proposal()
    client = browser(buyer)
    for text, shown in [(order.no, True), ("双胶纸", True), ("Offset", True), (seller.name[-6:], True), ("no such thing", False)]:
        assert (order.no in client.get(reverse("orders:list"), {"q": text}).content.decode()) == shown, text


def test_pages_of_the_list_join_without_gap_or_overlap(monkeypatch):
    monkeypatch.setattr("orders.queries.lists.PAGE", 2)
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    made = [proposed_order(buyer, seller, get=[(listing, 10)]).no for _ in range(5)][::-1]
    client, url, seen, pages = browser(buyer), reverse("orders:list") + "?tab=all", [], []
    while url:
        page = client.get(url)
        pages.append([row["order"].no for row in page.context["rows"]])
        seen += pages[-1]
        url, back = page.context["older_url"], page.context["newer_url"]
    assert seen == made
    assert [row["order"].no for row in client.get(back).context["rows"]] == pages[-2]


def test_the_download_holds_no_formula():
    order, buyer, _seller = a_proposal()
    response = browser(buyer).get(reverse("orders:export") + "?tab=all")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert order.no in response.content.decode()
    assert [neutral(x) for x in ("=1+1", "+1", "-1+1", "-1", "@a", "\tx", "\rx", "纸")] == [
        "'=1+1", "'+1", "'-1+1", "-1", "'@a", "'\tx", "'\rx", "纸",
    ]  # fmt: skip


# ---------- proposing ----------


def test_a_proposal_is_balanced_checked_and_sent():
    buyer, seller = verified_enterprise(), verified_enterprise()
    wanted, ours = (
        live_listing(seller),
        live_listing(buyer, price=Money(362_000, "CNY"), title_zh="A 级箱板纸 140g", title_en="Linerboard 140 gsm"),
    )
    client, url = browser(buyer), reverse("orders:new") + f"?goods={wanted.no}"
    start = client.get(url)
    assert start.status_code == 200
    data = {
        "request_key": hidden(start, "request_key"), "get_1": wanted.pk, "get_1_quantity": 10, "give_1": ours.pk, "give_1_quantity": 10,
        "note": "Reels on pallets", "step": "recalculate",
    }  # fmt: skip
    assert "¥18,600.00" in client.post(url, data).content.decode()
    filled = client.post(url, {**data, "step": "fill"})
    assert (filled.context["form"]["payer"].value(), filled.context["form"]["credit"].value()) == ("me", "18600.00")
    check = client.post(url, {**data, "payer": "me", "credit": "18600", "step": "check"})
    assert check.status_code == 200 and Order.objects.count() == 0
    fields = dict(check.context["hidden"])
    sent = client.post(url, {**fields, "step": "send"})
    order = Order.objects.get()
    assert sent.headers["Location"] == reverse("orders:detail", args=[order.no])
    assert [(line.giver_id, line.quantity, line.amount_minor) for line in order.lines.all()] == [
        (seller.pk, 10, 5_480_000),
        (buyer.pk, 10, 3_620_000),
    ]
    assert [(t.kind, t.payer_id, t.amount_minor) for t in order.tenders.all()] == [("credit", buyer.pk, 1_860_000)]
    assert order.note == "Reels on pallets"
    assert client.post(url, {**fields, "step": "send"}).headers["Location"] == sent.headers["Location"]
    assert Order.objects.count() == 1


def test_a_price_that_changed_after_the_check_sends_nothing_and_shows_the_new_one():
    buyer, seller = verified_enterprise(), verified_enterprise()
    wanted = live_listing(seller)
    client, url = browser(buyer), reverse("orders:new") + f"?goods={wanted.no}"
    data = {"request_key": key(), "get_1": wanted.pk, "get_1_quantity": 10, "payer": "me", "credit": "100", "step": "check"}
    fields = dict(client.post(url, data).context["hidden"])
    Listing.objects.filter(pk=wanted.pk).update(price_minor=600_000)
    again = client.post(url, {**fields, "step": "send"})
    assert again.status_code == 422 and Order.objects.count() == 0
    page = again.content.decode()
    assert "A price has changed" in page and "¥60,000" in page
    assert client.post(url, {**dict(again.context["hidden"]), "step": "send"}).status_code == 302
    assert Order.objects.get().lines.get().unit_price_minor == 600_000


def test_a_form_with_errors_keeps_what_was_typed():
    buyer, seller = verified_enterprise(), verified_enterprise()
    wanted = live_listing(seller)
    url = reverse("orders:new") + f"?goods={wanted.no}"
    data = {"request_key": key(), "get_1": wanted.pk, "get_1_quantity": "", "credit": "5", "note": "keep me", "step": "check"}
    page = browser(buyer).post(url, data)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"get_1_quantity", "payer"}
    assert "keep me" in page.content.decode() and data["request_key"] in page.content.decode()


def test_nobody_proposes_to_themselves():
    seller = verified_enterprise()
    response = browser(seller).get(reverse("orders:new") + f"?goods={live_listing(seller).no}")
    assert response.status_code == 422 and "own enterprise" in response.content.decode()


# ---------- answering, shipping, accepting ----------


def test_the_responder_confirms_what_it_read_and_a_second_click_is_the_same_act():
    order, buyer, seller = a_proposal()
    client, url = browser(seller), reverse("orders:confirmation", args=[order.no])
    page = client.get(url)
    data = {"terms_hash": hidden(page, "terms_hash"), "request_key": hidden(page, "request_key")}
    assert data["terms_hash"] == order.terms_hash
    assert [client.post(url, data).status_code for _ in range(2)] == [302, 302]
    order.refresh_from_db()
    assert order.state == "funded" and balance(buyer.pk, CREDIT).minor == -5_480_000


def test_terms_that_are_not_the_ones_read_are_not_confirmed():
    order, _buyer, seller = a_proposal()
    refused = browser(seller).post(reverse("orders:confirmation", args=[order.no]), {"terms_hash": "0" * 64, "request_key": key()})
    assert refused.status_code == 422 and "not the ones you read" in refused.content.decode()
    order.refresh_from_db()
    assert order.state == "proposed"


@pytest.mark.spec("C14")
def test_the_proposer_cannot_confirm_its_own_proposal():
    order, buyer, _seller = a_proposal()
    refused = browser(buyer).post(reverse("orders:confirmation", args=[order.no]), {"terms_hash": order.terms_hash, "request_key": key()})
    assert refused.status_code == 403
    order.refresh_from_db()
    assert order.state == "proposed"


def test_an_old_page_is_answered_with_a_sentence():
    order, _buyer, seller = a_proposal()
    confirmed(order)
    client, url = browser(seller), reverse("orders:decline", args=[order.no])
    late = client.post(url, {"reason": "too late", "request_key": key()})
    assert late.status_code == 409 and "changed since the page was opened" in late.content.decode()
    assert client.get(url).headers["Location"] == reverse("orders:detail", args=[order.no])


@pytest.mark.spec("H30", "H31", thin=True)
def test_an_unusual_waybill_number_needs_a_second_look_not_a_permit():
    order, _buyer, seller, _listing = credit_trade()
    client, url = browser(seller), reverse("orders:shipment", args=[order.no])
    data = {"carrier": "sf", "waybill_no": "x-12345", "request_key": key()}
    first = client.post(url, data)
    assert first.status_code == 422 and "does not look like" in first.content.decode()
    order.refresh_from_db()
    assert order.state == "funded"
    assert client.post(url, {**data, "unusual": "on"}).status_code == 302
    order.refresh_from_db()
    assert (order.state, order.consignments.get().waybill_no) == ("shipped", "X-12345")


def test_an_own_lorry_is_recorded_by_its_plate():
    order, _buyer, seller, _listing = credit_trade()
    data = {"carrier": "other", "carrier_name": "自有车队", "waybill_no": "粤a12345挂", "request_key": key()}
    assert browser(seller).post(reverse("orders:shipment", args=[order.no]), data).status_code == 302
    assert order.consignments.get().waybill_no == "粤A12345挂"


def test_every_step_with_a_clock_says_what_happens_when_it_runs_out():
    order, buyer, seller, _listing = credit_trade()
    steps = lambda: [browser(firm).get(reverse("orders:detail", args=[order.no])).context["step"] for firm in (buyer, seller)]  # noqa: E731

    waiting = [(step.clock.policy, "If nothing is done by then" in str(step.text)) for step in steps()]
    shipped(order, seller)
    travelling = [(step.clock.policy, "If nothing is done by then" in str(step.text)) for step in steps()]

    assert waiting == [("orders.ship", True)] * 2
    assert travelling == [("orders.receive", True)] * 2


def test_the_receiver_notes_its_signature_and_the_clock_starts():
    order, buyer, seller, _listing = credit_trade()
    goods = shipped(order, seller)
    client = browser(buyer)
    form = client.get(reverse("orders:detail", args=[order.no])).context["shipments"][0]["form"]
    at = form["happened_at"].value()
    url = reverse("orders:events", args=[order.no, goods.pk])
    response = client.post(url, {"kind": "signed", "happened_at": at.strftime("%Y-%m-%dT%H:%M"), "place": "佛山", "request_key": key()})
    assert response.status_code == 302
    page = client.get(reverse("orders:detail", args=[order.no]))
    assert page.context["step"].clock.policy == "orders.inspect"
    assert (
        browser(seller).post(url, {"kind": "signed", "happened_at": at.strftime("%Y-%m-%dT%H:%M"), "request_key": key()}).status_code == 422
    )


def test_each_side_sees_its_own_give_and_get():
    order, buyer, seller, listing = credit_trade()
    for firm, give, get in [(buyer, [], [listing.no]), (seller, [listing.no], [])]:
        context = browser(firm).get(reverse("orders:detail", args=[order.no])).context
        assert [[row["no"] for row in context[side].lines] for side in ("give", "get")] == [give, get]


def test_an_order_page_stays_within_its_queries(django_assert_max_num_queries):
    order, buyer, seller, _listing = credit_trade()
    shipped(order, seller)
    deliver_due()
    client = browser(buyer)
    client.get(reverse("orders:detail", args=[order.no]))
    with django_assert_max_num_queries(26):
        client.get(reverse("orders:detail", args=[order.no]))


@pytest.mark.spec("B18", thin=True)
def test_the_paper_is_for_the_two_parties_only():
    order, buyer, seller, _listing = credit_trade()
    deliver_due()
    url = reverse("orders:paper", args=[order.no, order.papers.get().pk])
    for firm in (buyer, seller):
        response = browser(firm).get(url)
        assert response.status_code == 200 and response.content.startswith(b"%PDF")
    assert browser(verified_enterprise()).get(url).status_code == 404


def test_a_message_with_a_file_reaches_the_other_side():
    order, buyer, seller, _listing = credit_trade()
    import io

    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "JPEG")
    url = reverse("orders:messages", args=[order.no])
    upload = SimpleUploadedFile("pallet.jpg", picture.getvalue(), "image/jpeg")
    assert browser(buyer).post(url, {"body": "角上受潮", "request_key": key(), "files": upload}).status_code == 302
    page = browser(seller).get(reverse("orders:detail", args=[order.no])).content.decode()
    assert "角上受潮" in page and "pallet.jpg" in page
    bad = browser(buyer).post(url, {"body": "stays", "request_key": key(), "files": SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")})
    assert bad.status_code == 422 and "stays" in bad.content.decode()


def test_the_timeline_names_our_people_and_only_the_firm_of_the_others():
    order, buyer, seller, _listing = credit_trade()
    theirs = main_account(seller)
    type(theirs).objects.filter(pk=theirs.pk).update(display_name="Secret Person")
    page = browser(buyer).get(reverse("orders:log", args=[order.no])).content.decode()
    assert "Secret Person" not in page and seller.name_en in page and str(main_account(buyer)) in page
    assert "Secret Person" in browser(seller).get(reverse("orders:log", args=[order.no])).content.decode()


def test_every_state_of_an_order_has_its_page_for_both_sides():
    from orders.services import decline_order, withdraw_order

    declined, _b, seller = a_proposal()
    decline_order(declined.no, actor=member_actor(seller), reason="no", request_key=key())
    withdrawn, buyer, _s = a_proposal()
    withdraw_order(withdrawn.no, actor=member_actor(buyer), request_key=key())
    under_way, _b, giver, _l = credit_trade()
    shipped(under_way, giver)
    done, receiver, giver, _l = credit_trade()
    shipped(done, giver)
    accepted(done, receiver)
    for order in (a_proposal()[0], declined, withdrawn, credit_trade()[0], under_way, done):
        for firm in (order.proposer, order.responder):
            page = browser(firm).get(reverse("orders:detail", args=[order.no]))
            assert page.status_code == 200 and page.content.decode().count("<h1") == 1
