"""Without words the market walks an index: no page reads or scores every row on sale (P35), and every row is shown once."""

import itertools
import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.queries import Search, market_page, ranking
from tests.worlds import live_listing, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
ROWS = 6000


@pytest.fixture
def crowd():
    """Six thousand offers beside two real ones; a third wants paper, five of them want cars."""
    listing = live_listing(verified_enterprise(), reviewer=staff_actor("catalog.review_listing"), want_categories=["MAC"])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_listing (no, seller_id, category_id, title_zh, title_en, description_zh, description_en, spec, unit,"
            " price_minor, currency, moq, ready_to_ship, lead_days, place, hs_code, wants, want_categories, art, state, rejection_reason,"
            " version, created_at, submitted_at, published_at, sku, attributes, attribute_lines,"
            " units, tiers, lead_tiers, packaging_zh, packaging_en,"
            " origin, maker, incoterm, incoterm_place, fair_value, media, latest_version, waiting, reasons,"
            " takedown_reason, batch)"
            " SELECT 'X' || i, %s, %s, 'x', 'goods ' || md5(i::text), repeat('x', 500), '', '[]', 't', 1000 + i, 'CNY', 1, false, 7,"
            " 'x', '', '[]', CASE WHEN i %% 1200 = 0 THEN '{VEH}' WHEN i %% 3 = 0 THEN '{PAP,MET}' ELSE '{AGR}' END::varchar[], '', 'live',"
            " '', 1, now(), now(), now() - i * interval '1 minute',"
            " '', '{}', '[]', '[]', '[]', '[]', '', '', '', '', '', '', '{}', '[]', 1,"
            " false,"
            " '[]', '', '' FROM generate_series(1, %s) i",
            [listing.seller_id, listing.category_id, ROWS],
        )
        cursor.execute("INSERT INTO catalog_stock (listing_id, on_hand, reserved) SELECT id, 0, 0 FROM catalog_listing WHERE no LIKE 'X%'")
        cursor.execute("ANALYZE catalog_listing")
        cursor.execute("ANALYZE accounts_enterprise")
        cursor.execute("ANALYZE catalog_stock")


def scans(plan: dict):
    if plan.get("Relation Name") == "catalog_listing":
        yield plan
    for child in plan.get("Plans", []):
        yield from scans(child)


AS_PLANNED = ((),)
BY_INDEX = (("seqscan", "bitmapscan", "sort"), ("seqscan", "indexscan", "indexonlyscan"))


def read_rows(search: Search, ways_off=AS_PLANNED, **where) -> tuple[int, set[str]]:
    """How many rows of the listings' table the page's ordered queries touch, and how they get at them.

    `ways_off` are ways that are closed to the planner, one set after the other; of each query the best answer counts.
    """
    with CaptureQueriesContext(connection) as seen:
        market_page(search, **where)
    touched, ways = 0, set()
    for query in seen.captured_queries:
        if "catalog_listing" in query["sql"] and "ORDER BY" in query["sql"]:
            rows, taken = min((explained(query["sql"], off) for off in ways_off), key=lambda answer: answer[0])
            touched, ways = touched + rows, ways | taken
    return touched, ways


def explained(sql: str, off: tuple[str, ...]) -> tuple[float, set[str]]:
    with transaction.atomic(), connection.cursor() as cursor:
        for way in off:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), [])
        (answer,) = cursor.fetchone()
        for way in off:
            cursor.execute(f"SET LOCAL enable_{way} = on")
    answer = json.loads(answer) if isinstance(answer, str) else answer
    found = list(scans(answer[0]["Plan"]))
    rows = sum((scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"] for scan in found)
    return rows, {scan["Node Type"] for scan in found}


@pytest.mark.parametrize("own", [["PAP"], ["VEH"], ["TEX"], ["PAP", "AGR"], []])
def test_best_match_without_words_reads_a_bounded_part_of_the_market(crowd, own):
    touched, ways = read_rows(Search(own_categories=own))

    assert "Seq Scan" not in ways
    assert touched <= 3 * ranking.LIFTED + 400, f"{touched} rows read of {ROWS}"


def test_a_page_deep_behind_the_lifted_offers_reads_no_more(crowd):
    """That the place in an index bounds what is read. Which index the planner takes for so small a table turns with its neighbours, so
    each is tried; ./dev bench browse measures a million, where there is no choice."""
    search = Search(own_categories=["VEH"])
    place = market_page(search, size=2000).page.after

    touched, ways = read_rows(search, BY_INDEX, after=place)

    assert "Seq Scan" not in ways and touched <= 500


def test_offers_that_want_the_visitors_goods_come_first_and_every_offer_once(crowd):
    search, seen, after = Search(own_categories=["VEH"]), [], ""
    for _page in itertools.count():
        result = market_page(search, after=after, size=1500)
        seen += [row.no for row in result.page.rows]
        after = result.page.after
        if not after:
            break

    assert seen[:5] == [f"X{n}" for n in (1200, 2400, 3600, 4800, 6000)]
    assert len(seen) == len(set(seen)) == ROWS + 1
    assert [int(no[1:]) for no in seen[6:]] == [n for n in range(1, ROWS + 1) if n % 1200]
    back = market_page(search, before=result.page.before, size=3)
    place = seen.index(result.page.rows[0].no)
    assert [row.no for row in back.page.rows] == seen[place - 3 : place]


def test_only_so_many_are_lifted_and_the_rest_keep_their_place_by_time(crowd, monkeypatch):
    monkeypatch.setattr(ranking, "LIFTED", 2)
    monkeypatch.setattr(ranking, "POOL", 2)

    first = [row.no for row in market_page(Search(own_categories=["PAP"]), size=6).page.rows]

    assert first[:2] == ["X3", "X6"]
    assert first[3:] == ["X1", "X2", "X4"]
