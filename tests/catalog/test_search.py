"""Words are found in Chinese and English, orders of results are stable, facets count what they show."""

import itertools

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from catalog import search_rules
from catalog.models import Category
from catalog.queries import Search, category_counts, market_page
from kernel.money import Money
from tests.worlds import live_listing, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db


def titles(result):
    return [row.title_zh for row in result.page.rows]


@pytest.fixture
def market():
    reviewer, paper, metal = staff_actor("catalog.review_listing"), verified_enterprise(), verified_enterprise()

    def sell(seller, zh, en, minor, currency="CNY", **more):
        live_listing(seller, reviewer=reviewer, title_zh=zh, title_en=en, price=Money(minor, currency), **more)

    metals = {"category": "MET", "description_zh": "原生金属，国标包装，可开专票。", "description_en": "Primary metal."}
    sell(paper, "本白双胶纸 70g 卷筒", "Offset paper 70 gsm reel", 548_000, ready_to_ship=True)
    sell(paper, "箱板纸 150g", "Containerboard 150 gsm", 410_000, wants=["叉车"], description_en="Testliner.")
    sell(metal, "铝锭 A00", "Aluminium ingot A00", 2_050_000, place="宜宾", wants=["箱板纸"], **metals)
    sell(metal, "电解铜", "Copper cathode", 990_000, "USD", wants=["设备"], want_categories=["MAC"], **metals)


@pytest.mark.spec("M40")
def test_a_fresh_database_holds_the_thirteen_categories():
    codes = list(Category.objects.filter(parent=None).values_list("code", flat=True))

    assert codes == ["AGR", "FOD", "PAP", "CHM", "MET", "MAC", "ELE", "BLD", "TEX", "DLY", "MED", "VEH", "SVC"]
    assert {c.code: float(c.vat_percent) for c in Category.objects.filter(code__in=["AGR", "PAP", "SVC"])} == {
        "AGR": 9,
        "PAP": 13,
        "SVC": 6,
    }
    assert category_counts() == dict.fromkeys(codes, 0)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("双胶纸", ["本白双胶纸 70g 卷筒"]),
        ("双胶纸 70G", ["本白双胶纸 70g 卷筒"]),
        ("胶纸", ["本白双胶纸 70g 卷筒"]),
        ("纸", ["本白双胶纸 70g 卷筒", "箱板纸 150g"]),
        ("offset reel", ["本白双胶纸 70g 卷筒"]),
        ("alumin", ["铝锭 A00"]),
        ("Ａ００", ["铝锭 A00"]),
        ("双铜纸", []),
        ("胶双", []),
        ("'; DROP TABLE x; -- & | ! : * ( )", []),
        ("\\' '' ！", []),
    ],
)
def test_words_are_found(market, q, found):
    result = market_page(Search(q=q))

    assert sorted(titles(result)) == sorted(found)


def test_a_typing_error_finds_what_is_close(market):
    result = market_page(Search(q="aluminum ingt"))

    assert result.guessed
    assert titles(result) == ["铝锭 A00"]


def test_who_wants_what_the_visitor_has_comes_first(market):
    assert titles(market_page(Search(own_categories=["MAC"])))[0] == "电解铜"
    assert titles(market_page(Search(give="叉车"))) == ["箱板纸 150g"]
    assert sorted(titles(market_page(Search(give="箱板纸")))) == ["本白双胶纸 70g 卷筒", "铝锭 A00"]
    assert market_page(Search(own_categories=["PAP"])).mine == 3


def test_facets_count_without_their_own_filter(market):
    result = market_page(Search(categories=["MET"], currency="CNY"))

    assert titles(result) == ["铝锭 A00"]
    assert result.total == 1
    assert result.facets["category"] == {"PAP": 2, "MET": 1}
    assert result.facets["currency"] == {"CNY": 1, "USD": 1}
    assert result.facets["place"] == {"宜宾": 1}


def test_an_empty_result_names_the_filter_that_costs_most(market):
    result = market_page(Search(categories=["PAP"], places=["宜宾"]))

    assert (result.total, result.strictest) == (0, ("category", 1)) or (result.total, result.strictest) == (0, ("place", 2))
    assert result.strictest == ("place", 2)


def test_prices_are_cut_and_sorted_in_one_currency(market):
    result = market_page(Search(currency="CNY", price_min=410_000, price_max=548_000, sort="price"))

    assert titles(result) == ["箱板纸 150g", "本白双胶纸 70g 卷筒"]


@pytest.mark.parametrize("sort", ["best", "new", "price", "dear"])
def test_pages_show_every_row_once_and_lead_back(market, sort):
    seen, after = [], ""
    for _step in itertools.count():
        result = market_page(Search(sort=sort, own_categories=["PAP"]), after=after, size=1)
        seen += titles(result)
        if not result.page.after:
            break
        after = result.page.after

    assert len(seen) == 4 == len(set(seen))
    back = market_page(Search(sort=sort, own_categories=["PAP"]), before=result.page.before, size=2)
    assert titles(back) == seen[1:3]
    assert back.page.before
    assert back.page.after


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiIsImMiXQ", "%00", "W251bGwsbnVsbCxudWxsXQ", "bm90IGpzb24"])
def test_a_strange_cursor_shows_the_first_page(market, cursor):
    assert len(market_page(Search(sort="new"), after=cursor).page.rows) == 4


@given(st.text(max_size=40))
def test_any_text_makes_a_valid_query_and_vector(text):
    words, stored = search_rules.query(text), search_rules.vector([(text, "A")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsquery, %s::tsvector", [words, stored])
        if words and len(search_rules.RUN.findall(text)) <= 12 and len(text) < 40:
            cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [stored, words])
            assert cursor.fetchone()[0]


def test_search_and_lists_use_their_indexes(market):
    from django.db import connection as db

    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_listing (no, seller_id, category_id, title_zh, title_en, description_zh, description_en, spec, unit,"
            " price_minor, currency, moq, ready_to_ship, lead_days, place, hs_code, wants, want_categories, art, state, rejection_reason,"
            " version, search, created_at, submitted_at, published_at, sku, attributes, attribute_lines,"
            " units, tiers, lead_tiers, packaging_zh,"
            " packaging_en, origin, maker, incoterm, incoterm_place, fair_value, media, latest_version, waiting, reasons,"
            " takedown_reason, batch)"
            " SELECT 'X' || i, l.seller_id, l.category_id, 'x', 'goods ' || md5(i::text), '', '', '[]', 't', 1000 + i, 'CNY', 1, false, 7,"
            " 'x', '', '[]', '{}', '', 'live', '', 1, ('''w' || (i % 500) || ''':1A')::tsvector, now(), now(),"
            " now() - i * interval '1 minute',"
            " '', '{}', '[]', '[]', '[]', '[]', '', '', '', '', '', '', '{}', '[]', 1,"
            " false, '[]', '', ''"
            " FROM generate_series(1, 10000) i, (SELECT seller_id, category_id FROM catalog_listing LIMIT 1) l"
        )
        for gin in ("listing_words", "catalog_listing_title_trgm"):  # as a vacuum does: unsorted entries make an index look dear
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [gin])
        cursor.execute("ANALYZE catalog_listing")
        for sql, index in [
            ("search @@ '''w7'''::tsquery", "listing_words"),
            ("'aluminim' <% title_en", "catalog_listing_title_trgm"),
            ("true ORDER BY published_at DESC, id DESC LIMIT 21", "listing_newest"),
            ("currency = 'CNY' ORDER BY price_minor, id LIMIT 21", "listing_price"),
        ]:
            cursor.execute(f"EXPLAIN SELECT id FROM catalog_listing WHERE state = 'live' AND {sql}".replace("%", "%%"), [])
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert index in plan, plan
