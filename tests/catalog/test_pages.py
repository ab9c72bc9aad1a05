"""The pages through HTTP: what a seller, a buyer, a guest and a reviewer do, and what it costs."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Listing, Want
from tests.worlds import key, live_listing, main_account, staff_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
FORM = {
    "category": "PAP", "title_zh": "牛皮纸 150g", "title_en": "Kraft paper 150 gsm", "spec_zh": "规格：150 g\n幅宽: 1200 mm",
    "spec_en": "Size: 150 g\nWidth: 1200 mm", "description_zh": "原木浆牛皮纸，卷筒，防潮包装。", "description_en": "", "price": "4980.50",
    "currency": "CNY", "unit": "t", "moq": "5", "opening_stock": "60", "lead_days": "3", "place": "东莞", "hs_code": "4804",
    "wants": "叉车，仓储服务", "want_categories": ["MAC", "SVC"], "request_key": "page-key-0001",
}  # fmt: skip


def test_a_seller_lists_a_reviewer_approves_and_everybody_finds_it(client):
    client.force_login(main_account(verified_enterprise()))
    assert client.post("/shop/goods/new/", {**FORM, "submit": "1"}).status_code == 302
    listing = Listing.objects.get()
    assert (listing.state, listing.price_minor, int(listing.stock.on_hand), listing.wants) == (
        "in_review",
        498_050,
        60,
        ["叉车", "仓储服务"],
    )
    assert listing.spec[1] == {"zh": ["幅宽", "1200 mm"], "en": ["Width", "1200 mm"]}

    client.force_login(staff_user("catalog.review_listing"))
    desk = client.get(reverse("admin:catalog_listing_change", args=[listing.pk]))
    assert desk.status_code == 200
    assert "牛皮纸 150g" in desk.text
    answer = client.post(
        reverse("admin:catalog_listing_change", args=[listing.pk]), {"version": "1", "decision": "approve", "request_key": "desk-key-0001"}
    )
    assert answer.status_code == 302

    client.logout()
    assert "牛皮纸 150g" in client.get("/market/", {"q": "牛皮纸"}).text
    client.cookies["django_language"] = "en"
    assert "Kraft paper 150 gsm" in client.get(f"/goods/{listing.no}/").text


def test_a_bad_form_keeps_what_was_typed_and_writes_nothing(client):
    client.force_login(main_account(verified_enterprise()))

    answer = client.post("/shop/goods/new/", {**FORM, "price": "12.345", "title_zh": "我的标题 <b>"})
    claim = client.post("/shop/goods/new/", {**FORM, "title_zh": "全国第一牛皮纸"})

    assert (answer.status_code, claim.status_code) == (422, 422)
    assert "我的标题 &lt;b&gt;" in answer.text
    assert "全国第一" in claim.text
    assert 'value="page-key-0001"' in claim.text
    assert not Listing.objects.exists()


def test_a_withdrawn_offer_says_so_and_shows_similar_goods(client):
    seller = verified_enterprise()
    gone, *_others = [live_listing(seller, title_zh=f"双胶纸 {n}0g 卷筒") for n in range(5, 10)]
    client.force_login(main_account(seller))
    assert client.post(reverse("catalog:listing_withdraw", args=[gone.no]), {"request_key": key()}).status_code == 302
    client.logout()

    page = client.get(f"/goods/{gone.no}/")

    assert page.status_code == 410  # a search engine forgets it, a person sees what is like it
    assert page.text.count('<article class="listing">') == 3
    assert "noindex" in page.text
    assert "goods=" + gone.no not in page.text


@pytest.mark.spec("B12", thin=True)
def test_a_request_is_posted_listed_and_closed(client):
    firm = verified_enterprise()
    client.force_login(main_account(firm))
    form = {
        "title": "废纸 OCC 11#",
        "category": "PAP",
        "quantity": "500",
        "unit": "t",
        "can_give": "双胶纸",
        "request_key": "want-key-0001",
    }
    assert client.post("/wanted/new/", form).status_code == 302
    assert client.post("/wanted/new/", form).status_code == 302
    want = Want.objects.get()
    client.logout()
    assert "废纸 OCC 11#" in client.get("/wanted/?c=paper").text
    assert "废纸 OCC 11#" not in client.get("/wanted/?c=metals").text

    client.force_login(main_account(verified_enterprise()))
    assert client.post(reverse("catalog:want_close", args=[want.no]), {"request_key": key()}).status_code == 404
    client.force_login(main_account(firm))
    assert client.post(reverse("catalog:want_close", args=[want.no]), {"request_key": key()}).status_code == 302
    client.logout()
    assert "废纸 OCC 11#" not in client.get("/wanted/").text


@pytest.mark.spec("H32")
def test_stock_is_booked_through_the_page(client):
    seller = verified_enterprise()
    listing = live_listing(seller, stock=10)
    client.force_login(main_account(seller))
    url = reverse("catalog:stock_of", args=[listing.no])
    form = {"kind": "in", "quantity": "5.5", "reason": "工厂到货", "document_no": "RK-7", "request_key": "stock-key-001"}

    assert client.post(url, form).status_code == 302
    assert client.post(url, {**form, "kind": "out", "quantity": "99", "request_key": "stock-key-002"}).status_code == 422
    page = client.get(url).text

    assert "工厂到货" in page
    assert "15.5" in page
    assert "15.5" in client.get("/shop/stock/").text


def test_the_visitors_own_goods_lift_and_cover_offers(client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    live_listing(buyer, title_zh="箱板纸 150g", title_en="Containerboard", stock=10, moq=1)  # 10 t × ¥5,480
    live_listing(seller, title_zh="电动叉车 3 吨", title_en="Forklift", category="MAC", moq=20)  # 20 × ¥5,480, wants 箱板纸
    client.force_login(main_account(buyer))

    page = client.get("/market/", {"q": "叉车"}).text

    assert re.search(r"50\s?%", page)
    assert 'class="want have"' in page


LISTS = ["/", "/market/", "/market/?q=双胶纸", "/market/c/paper/", "/firm/{handle}/", "/wanted/", "/shop/goods/", "/shop/stock/"]


@pytest.mark.parametrize("path", LISTS)
def test_lists_cost_the_same_queries_whatever_the_rows(client, path):
    seller, reviewer = verified_enterprise(), staff_actor("catalog.review_listing")
    path = path.format(handle=seller.handle)
    live_listing(seller, reviewer=reviewer, ready_to_ship=True)
    live_listing(seller, reviewer=reviewer)
    client.force_login(main_account(seller))
    client.get(path)

    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for _n in range(8):
        live_listing(seller, reviewer=reviewer)
    with CaptureQueriesContext(connection) as many:
        page = client.get(path)

    assert page.status_code == 200
    assert len(many) == len(few) <= 15, "\n".join(q["sql"][:160] for q in many.captured_queries)
    assert len(page.content) < 60_000
    assert not re.search(rb'\sstyle="|\son[a-z]+="|<script>', page.content)
    assert page.content.count(b"<h1") == 1


@pytest.mark.parametrize(
    "query",
    [
        "c=XXX",
        "sort=x",
        "min=abc&max=-1",
        "min=1e999",
        "cur=ZZZ&min=5",
        "after=%FF&before=x",
        "give=" + "x" * 500,
        "min=NaN",
    ],
)
def test_strange_addresses_show_a_page(client, query):
    assert client.get(f"/market/?{query}").status_code == 200


def test_a_guest_and_a_member_without_review_permission_stay_out_of_the_desk(client):
    listing = live_listing(verified_enterprise())
    url = reverse("admin:catalog_listing_change", args=[listing.pk])

    assert client.get(url).status_code == 302
    client.force_login(staff_user("catalog.view_want"))
    assert client.get(url).status_code == 403
    assert client.post(url, {"version": "1", "decision": "reject", "reason": "x"}).status_code == 403
    listing.refresh_from_db()
    assert listing.state == "live"


@pytest.mark.parametrize("query", ["q=%00%27", "have=G1&place=%00"])
def test_an_address_with_a_nul_is_refused(client, query):
    assert client.get(f"/market/?{query}").status_code == 400
