"""What pages and searches keep between requests never shows another language, an older version, or what is no longer on sale (W1, W2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.template import Context, Template
from django.urls import set_script_prefix
from django.utils import translation
from django.utils.timezone import localdate
from hypothesis import given
from hypothesis import strategies as st

from accounts.services import grant_privilege
from catalog import claims, search_rules
from catalog.models import Listing, Stock
from catalog.queries import Search, frequent_words, market_page, running_ads, similar_listings, tree
from catalog.services import approve_ad, book_ad, withdraw_listing
from catalog.templatetags.catalog import card
from kernel.clock import now
from kernel.money import Money
from kernel.timer import COMMAND
from tests.worlds import key, live_listing, member_actor, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeping(settings, monkeypatch):
    settings.CATALOG_CACHE_SECONDS = 30
    monkeypatch.setattr(tree, "_kept", {})


@pytest.fixture
def reviewer():
    return staff_actor("catalog.review_listing")


# ---------- rows of offers ----------


def test_a_row_shows_its_own_values_whatever_was_shown_before_it(client, reviewer):
    texts = ["甲纸 {0} {title} <b>", "乙纸 slot-url- %s {{ row.url }}", '丙纸 & "引号"']
    for title in texts:
        live_listing(verified_enterprise(), reviewer=reviewer, title_zh=title, title_en="")
    page = client.get("/market/").text
    for shown in ("甲纸 {0} {title} &lt;b&gt;", "乙纸 slot-url- %s {{ row.url }}", "丙纸 &amp; &quot;引号&quot;"):
        assert page.count(f">{shown}</a></h2>") == 1


def test_a_row_is_told_in_the_readers_language_in_turn(client, reviewer):
    live_listing(verified_enterprise(), reviewer=reviewer)
    for language, words, others in (("zh-hans", "发起易货", "Propose trade"), ("en", "Propose trade", "发起易货")) * 2:
        client.cookies["django_language"] = language
        page = client.get("/market/").text
        assert words in page and others not in page


def test_a_row_has_only_the_parts_that_its_offer_has():
    row = {"url": "/goods/1/", "title": "纸", "firm": "甲", "firm_url": "/c/", "price": "1", "unit": "t", "drawing": "", "photo": "",
           "record": "", "spec": "", "wants": "", "why": "", "quantity": "", "fit": "", "seal": "", "propose_url": ""}  # fmt: skip
    assert "wants" not in card(row) and "primary" not in card(row)
    assert "wants" in card(row | {"wants": "叉车"}) and "primary" in card(row | {"propose_url": "/x/"})
    assert "wants" not in card(row)


def test_a_unit_is_found_without_translating_all_of_them(django_assert_num_queries):
    assert "make_hashable" not in Listing.get_unit_display.__code__.co_names
    assert Listing.get_unit_display.__qualname__ == "TermsColumns.get_unit_display"
    with translation.override("en"):
        assert Listing(unit="box").get_unit_display() == "box"
    assert Listing(unit="strange").get_unit_display() == "strange"


# ---------- similar goods, advertisements ----------


def test_similar_goods_that_were_withdrawn_or_changed_are_not_shown_as_they_were(keeping, reviewer):
    seller = verified_enterprise()
    mine, gone, dearer = (live_listing(seller, reviewer=reviewer) for _n in range(3))
    assert {row.pk for row in similar_listings(mine)} == {gone.pk, dearer.pk}
    withdraw_listing(gone.no, actor=member_actor(seller), request_key=key())
    Listing.objects.filter(pk=dearer.pk).update(price_minor=77_700)
    assert [(row.pk, row.price) for row in similar_listings(mine)] == [(dearer.pk, Money(77_700, "CNY"))]
    assert mine.pk not in {row.pk for row in similar_listings(gone)} or mine.state == "live"


@pytest.mark.spec("H59")
def test_an_advertisement_shows_the_goods_and_their_stock_as_they_are_now(keeping, reviewer):
    firm = verified_enterprise()
    grant_privilege(firm.pk, actor=COMMAND, reason="VIP", request_key=key())
    listing, today = live_listing(firm, reviewer=reviewer), localdate(now())
    ad = book_ad(
        actor=member_actor(firm), listing_no=listing.no, place="market", starts_on=today, ends_on=today + timedelta(days=3),
        request_key=key(),
    )  # fmt: skip
    approve_ad(ad.no, actor=staff_actor("catalog.review_ad"), request_key=key())
    before = running_ads("market")[0]
    assert running_ads("market")[0] is before  # kept
    for price in (11_100, 22_200):
        Listing.objects.filter(pk=listing.pk).update(price_minor=price)
        assert running_ads("market")[0].listing.price == Money(price, "CNY")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Stock.objects.filter(listing=listing).update(reserved=3)
    assert running_ads("market")[0].listing.stock.reserved == 3
    type(firm).objects.filter(pk=firm.pk).update(name="改名有限公司")
    assert running_ads("market")[0].listing.seller.name == "改名有限公司"
    assert running_ads("market", 1) == running_ads("home") == []
    Stock.objects.filter(listing=listing).update(reserved=0)


# ---------- addresses in templates ----------


def test_the_address_of_a_page_follows_where_the_site_is_mounted():
    template = Template("{% url 'catalog:market' %} {% url 'catalog:market' as here %}{{ here }}")
    try:
        for prefix in ("/", "/shop/", "/"):
            set_script_prefix(prefix)
            assert template.render(Context()) == f"{prefix}market/ {prefix}market/"
    finally:
        set_script_prefix("/")
    assert Template("{% url 'nowhere' as here %}[{{ here }}]").render(Context()) == "[]"


# ---------- words ----------


@pytest.mark.spec("M40")
def test_a_common_word_is_whole_and_a_rare_one_may_go_on():
    known = frozenset({"paper", "纸"})
    assert search_rules.question("papers", common=known).full == "'paper'"
    assert search_rules.question("pap", common=known).full == "'pap':*"
    assert search_rules.question("paper reel", common=known).full == search_rules.question("paper reel").full
    told = {"paper": "paper", "papers": "paper", "纸": "纸", "胶纸": "胶纸", "双胶纸": "", "paper reel": "", "": "", "！": ""}
    assert {text: search_rules.only_token(text) for text in told} == told


def test_what_statistics_do_not_know_is_counted(keeping, reviewer):
    live_listing(verified_enterprise(), reviewer=reviewer)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_listing")
    assert frequent_words.common_words() == {"search": frozenset(), "titles": frozenset()}
    assert market_page(Search(q="双胶纸")).total == 1


def test_statistics_tell_the_words_of_very_many_offers(monkeypatch, keeping, reviewer):
    for n in range(3):
        live_listing(verified_enterprise(), reviewer=reviewer, title_zh=f"双胶纸 {n}")
    monkeypatch.setattr(frequent_words, "SURE", 0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_listing")
    found = frequent_words.common_words()
    assert {"双胶", "纸"} <= found["titles"] <= found["search"] | found["titles"]
    assert "=c:PAP".lower() in found["search"]


def test_the_same_words_are_found_whether_counted_or_known(monkeypatch, reviewer):
    for n in range(3):
        live_listing(verified_enterprise(), reviewer=reviewer, title_zh=f"双胶纸 {n}")
    counted = market_page(Search(q="胶纸"))
    monkeypatch.setattr("catalog.queries.asking.common_words", lambda: dict.fromkeys(("search", "titles"), frozenset({"胶纸"})))
    known = market_page(Search(q="胶纸"))
    assert {row.pk for row in known.page.rows} == {row.pk for row in counted.page.rows}
    assert known.capped and not counted.capped


PIECES = st.sampled_from([
    "牛卡纸", "kraft liner", " ", "·", "\n", "最", "佳", "全国", "第", "一", "138", "1234", "5678", "a@b.cn", ".com", "www.",
    "微信", ":", "abcde12", "weıxin", "Σ", "ﬁ", "пapеr", "信", "保", "★", "\u200b", "1", "-", "best in the world", "http:", "x",
])  # fmt: skip


@given(st.dictionaries(st.sampled_from(["title_zh", "title_en", "place"]), st.lists(PIECES, max_size=7).map("".join), max_size=3))
@pytest.mark.spec("H52")
def test_texts_read_together_hold_the_claims_that_each_holds(texts):
    each = {name: words for name, text in texts.items() if (words := [*claims.banned_claims(text), *claims.contacts(text)])}
    assert claims.claims_of(texts) == each


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_text_is_written_with_the_weight_that_it_counts_with(title, text):
    stored = search_rules.vector([(title, "A"), (text, "D")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT lexeme, weights FROM unnest(%s::tsvector)", [stored])
        weights = {lexeme: set(found) for lexeme, _places, found in ((a, None, b) for a, b in cursor.fetchall())}
    for token in search_rules.tokens(title):
        assert "A" in weights[token]
    for token in search_rules.tokens(text):
        assert weights[token] & {"A", "D"}
