"""What search engines and shared links are told: what everybody may see, in both languages, and nothing that breaks a page (H56)."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Enterprise
from catalog.queries import addresses, sitemap_parts
from catalog.queries.sitemaps import SPAN
from catalog.services import post_want, withdraw_listing
from tests.catalog.drafts import waiting_listing
from tests.worlds import key, live_listing, member_actor, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H56")]
SITE = settings.SITE_URL


def blocks(page) -> list[dict]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)
    return [json.loads(text) for text in found]


def meta(page, name: str) -> str:
    found = re.search(rf'<(?:meta|link) (?:name|property|rel)="{name}" (?:content|href)="([^"]*)"', page.text)
    return found.group(1) if found else ""


def locations(client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [e.text for e in ET.fromstring(text).iter() if e.tag.endswith("}loc")]


def every_location(client) -> list[str]:
    found = []
    for part in locations(client, "/sitemap.xml"):
        found += locations(client, part.removeprefix(SITE))
    return found


def test_an_offer_tells_its_address_in_each_language_and_is_the_same_in_both(client):
    listing = live_listing(verified_enterprise())
    plain, english = f"{SITE}/goods/{listing.no}/", f"{SITE}/goods/{listing.no}/?lang=en"

    for path, canonical, title in ((plain, plain, listing.title_zh), (english, english, listing.title_en)):
        client.cookies.clear()
        page = client.get(path.removeprefix(SITE))
        assert meta(page, "canonical") == canonical
        assert f'hreflang="zh-Hans" href="{plain}"' in page.text and f'hreflang="en" href="{english}"' in page.text
        assert f'hreflang="x-default" href="{plain}"' in page.text
        assert f"<h1>{title}</h1>" in page.text
        assert meta(page, "og:title") == title and meta(page, "og:url") == canonical and meta(page, "description")
    assert page.headers["Content-Language"] == "en"


def test_the_address_chooses_for_who_has_not_chosen_and_never_overrides_a_choice(client):
    client.get("/?lang=en")
    assert client.cookies["django_language"].value == "en"
    client.cookies["django_language"] = "zh-hans"
    assert 'lang="en"' in client.get("/?lang=en").text.split("<head>")[0]
    assert client.cookies["django_language"].value == "zh-hans"
    for odd in ("xx", "%00", "en-en-en", "../", "zh-hans%0d%0a"):
        assert client.get(f"/market/?lang={odd}").status_code in (200, 400)


def test_the_button_that_changes_the_language_leads_to_the_address_without_one(client):
    page = client.get("/market/?q=x&lang=en&from=fair")
    assert 'name="next" value="/market/?q=x"' in page.text


def test_structured_data_say_what_the_page_says(client):
    listing = live_listing(verified_enterprise("示例卖方"), stock=7)
    product, way = blocks(client.get(f"/goods/{listing.no}/"))

    assert (product["@type"], product["sku"], product["offers"]["price"]) == ("Product", listing.no, "5480.00")
    assert product["offers"]["priceCurrency"] == "CNY" and product["offers"]["availability"].endswith("InStock")
    assert product["offers"]["seller"]["name"] == "示例卖方"
    assert way["@type"] == "BreadcrumbList" and [e["position"] for e in way["itemListElement"]] == [1, 2, 3, 4]
    firm = blocks(client.get(f"/firm/{listing.seller.handle}/"))[0]
    assert firm["@type"] == "Organization" and not {"telephone", "taxID", "email"} & firm.keys()


def test_nothing_a_seller_writes_ends_the_block_of_structured_data(client):
    evil = '纸</script><script>alert(1)</script><!--&"\u2028'
    seller = verified_enterprise('Acme</script><img src=x onerror="x">')
    listing = live_listing(seller, title_zh=evil, description_zh=evil * 3)

    page = client.get(f"/goods/{listing.no}/")

    assert blocks(page)[0]["name"] == evil
    assert "<script>alert" not in page.text and "<img src=x" not in page.text
    assert page.text.count("<script") == page.text.count("</script>")


def test_only_live_offers_of_sellers_that_may_trade_are_listed(client):
    seller, frozen = verified_enterprise(), verified_enterprise()
    shown, hidden, gone, waiting = live_listing(seller), live_listing(frozen), live_listing(seller), waiting_listing(seller)
    withdraw_listing(gone.no, actor=member_actor(seller), request_key=key())
    want = post_want(actor=member_actor(seller), category="PAP", title="求购木浆", quantity=5, unit="t", can_give="", request_key=key())
    Enterprise.objects.filter(pk=frozen.pk).update(state="frozen")

    found = every_location(client)

    for path in (
        f"/goods/{shown.no}/",
        f"/goods/{shown.no}/?lang=en",
        f"/firm/{seller.handle}/",
        f"/wanted/{want.no}/",
        "/",
        "/market/c/paper-packaging/",
    ):
        if path != "/market/c/paper-packaging/":
            assert SITE + path in found, path
    assert any("/market/c/" in place for place in found)
    for no in (hidden.no, gone.no, waiting.no, frozen.handle):
        assert not any(no in place for place in found), no


def test_a_withdrawn_offer_is_gone_and_an_unreviewed_one_does_not_exist(client):
    seller = verified_enterprise()
    gone, waiting, other = live_listing(seller), waiting_listing(seller), live_listing(seller)
    withdraw_listing(gone.no, actor=member_actor(seller), request_key=key())

    page = client.get(f"/goods/{gone.no}/")

    assert page.status_code == 410 and other.no in page.text and "ld+json" not in page.text
    assert client.get(f"/goods/{waiting.no}/").status_code == 404


def test_parts_are_cut_by_ids_and_cost_one_range_scan(client):
    seller = verified_enterprise()
    for _n in range(3):
        live_listing(seller)
    with CaptureQueriesContext(connection) as queries:
        assert ("offers", 0) in sitemap_parts() or sitemap_parts()
        rows = list(addresses("offers", sitemap_parts()[0][1]))
    assert len(rows) == 3 and 2 * SPAN <= 50_000
    assert not any("OFFSET" in q["sql"] for q in queries)
    for path in (
        "/sitemap-offers-999999.xml",
        "/sitemap-offers-123456789012345678901.xml",
        "/sitemap-secrets-0.xml",
        "/sitemap-pages-1.xml",
    ):
        answer = client.get(path)
        assert answer.status_code == 404 or b"".join(answer.streaming_content).count(b"<loc>") == 0


def test_pages_narrowed_beyond_the_category_are_kept_out_of_indexes(client):
    live_listing(verified_enterprise())
    category = next(place for place in every_location(client) if "/market/c/" in place and "lang" not in place).removeprefix(SITE)
    for path, indexed in (("/market/", True), (category, True), ("/market/?q=x", False), (category + "?ready=1", False),
                          ("/compare/", False), ("/market/?sort=price", False), ("/wanted/?gives=cash", False),
                          ("/wanted/", True)):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200 and ("noindex" not in page.text) is indexed, path


def test_robots_are_told_where_the_index_is_and_what_is_private(client):
    text = client.get("/robots.txt").text
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    for path in ("/me/", "/shop/", "/admin/"):
        assert f"Disallow: {path}" in text
