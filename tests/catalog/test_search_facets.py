"""Facets count what they show, categories with all below them; beyond the cap nothing is counted wrong; an empty page knows why."""

import itertools

import pytest

from catalog.models import Category
from catalog.queries import Search, asking, facet_attributes, market, market_page, tree
from kernel.money import Money
from tests.worlds import key, live_listing, main_account, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return staff_actor("catalog.review_listing")


@pytest.fixture
def divided():
    """Paper divided into printing paper and board."""
    paper = Category.objects.get(code="PAP")
    values = {"vat_percent": 13, "parent": paper}
    return [Category.objects.create(code=code, slug=code.lower(), name_zh=zh, name_en=en, path=["PAP", code], **values)
            for code, zh, en in (("P01", "印刷纸", "Printing paper"), ("P02", "板纸", "Board"))]  # fmt: skip


def titles(result):
    return sorted(row.title_zh for row in result.page.rows)


@pytest.mark.spec("M40")
@pytest.mark.parametrize("words", ["", "纸"])
def test_a_category_holds_all_below_it(client, reviewer, divided, words):
    seller = verified_enterprise()
    live_listing(seller, reviewer=reviewer, category="PAP", title_zh="甲纸")
    live_listing(seller, reviewer=reviewer, category="P01", title_zh="乙纸")
    live_listing(seller, reviewer=reviewer, category="P02", title_zh="丙纸")
    live_listing(seller, reviewer=reviewer, category="MET", title_zh="丁纸")

    result = market_page(Search(q=words, categories=["PAP"]))

    assert titles(result) == ["丙纸", "乙纸", "甲纸"]
    assert titles(market_page(Search(q=words, categories=["P01"]))) == ["乙纸"]
    assert dict(result.facets["category"]) == {"PAP": 3, "P01": 1, "P02": 1, "MET": 1}
    page = client.get("/market/c/paper/", {"q": words}).text
    assert "印刷纸" in page and "板纸" in page
    assert "印刷纸" not in client.get("/market/", {"q": words}).text.split("<article")[0]


@pytest.mark.spec("M40")
def test_attributes_of_a_chosen_category_are_filters_with_counts_in_words(client, reviewer):
    seller = verified_enterprise()
    for grammage, form in ((70, "reel"), (150, "reel"), (150, "sheet")):
        live_listing(
            seller, reviewer=reviewer, category="PAP-BRD-KRA", title_zh=f"箱板纸 {grammage}",
            attributes={"grammage": str(grammage), "form": form},
        )  # fmt: skip
    fields = facet_attributes("PAP-BRD-KRA", tree.market_tree())
    form = next(field for field in fields if field.code == "form")

    result = market_page(Search(categories=["PAP-BRD-KRA"], attributes={"form": ["reel"]}, fields=fields))

    assert len(result.page.rows) == 2 and result.facets["a.form"] == {"reel": 2, "sheet": 1}
    page = client.get("/market/", {"c": "PAP-BRD-KRA", "a.form": "reel"}).text
    assert page.count("<article") == 2 and form.words("sheet", "zh") in page


@pytest.fixture
def low_cap(monkeypatch):
    """Beyond three rows nothing is counted."""
    monkeypatch.setattr(asking, "COUNT_CAP", 3)
    monkeypatch.setattr(market, "COUNT_CAP", 3)


@pytest.mark.parametrize(
    "search", [Search(), Search(q="纸"), Search(q="纸", sort="new"), Search(q="price"), Search(own_categories=["MAC"])]
)
def test_many_results_are_shown_once_each_and_lead_back(reviewer, low_cap, search):
    seller = verified_enterprise()
    for n in range(9):
        live_listing(
            seller, reviewer=reviewer, title_zh=f"纸 {n}" if n % 2 else f"板 {n}", title_en=f"price {n}", place="佛山仓",
            description_zh="各种纸张，品质稳定", want_categories=["MAC"] if n % 3 else [], ready_to_ship=n % 4 == 0,
        )  # fmt: skip
    seen, after, pages = [], "", []
    for _page in itertools.count():
        result = market_page(search, after=after, size=2)
        pages.append(result.page)
        seen += [row.no for row in result.page.rows]
        after = result.page.after
        if not after:
            break

    assert len(seen) == len(set(seen)) == 9
    assert result.capped and result.facets == {}
    back = market_page(search, before=pages[-1].before, size=2).page
    assert [row.no for row in back.rows] == [row.no for row in pages[-2].rows]


@pytest.mark.parametrize("words", ["", "纸"])
def test_an_empty_page_of_many_names_the_strictest_filter(client, reviewer, low_cap, words):
    seller = verified_enterprise()
    for n in range(6):
        live_listing(seller, reviewer=reviewer, title_zh=f"纸 {n}", place="佛山", ready_to_ship=n == 0)

    result = market_page(Search(q=words, places=["宜宾"], ready=True))

    assert (result.total, result.strictest) == (0, ("place", 1))
    client.cookies["django_language"] = "en"
    page = client.get("/market/", {"q": words, "place": "宜宾", "ready": "1"}).text
    assert "Drop the filter “Ships from”" in page and "there is 1 offer" in page


def test_facets_without_a_filter_are_counted_among_few_of_many(reviewer, low_cap):
    seller = verified_enterprise()
    for n in range(6):
        live_listing(seller, reviewer=reviewer, title_zh=f"纸 {n}", place="佛山" if n < 2 else "东莞", price=Money(100_000 + n, "CNY"))

    result = market_page(Search(q="纸", places=["佛山"]))

    assert result.total == 2
    assert result.facets["currency"] == {"CNY": 2}
    assert "place" not in result.facets


def test_what_was_sought_begins_the_request_that_can_be_posted(client, reviewer):
    client.force_login(main_account(verified_enterprise()))

    page = client.get("/market/", {"q": "钛合金管", "c": "MET"})

    assert "wanted/new/?title=%E9%92%9B%E5%90%88%E9%87%91%E7%AE%A1&amp;category=MET" in page.text


def test_only_guaranteed_sellers_are_shown_when_asked_for(client, reviewer):
    from catalog.services import set_standing

    plain, sealed = verified_enterprise(), verified_enterprise()
    live_listing(plain, reviewer=reviewer, title_zh="甲纸")
    live_listing(sealed, reviewer=reviewer, title_zh="乙纸")
    staff = staff_actor("catalog.change_sellerstanding")
    set_standing(sealed.pk, actor=staff, guarantee_active=True, line=Money(5_000_000, "USD"), request_key=key())

    for words in ("", "纸"):
        result = market_page(Search(q=words, guaranteed=True))
        assert titles(result) == ["乙纸"]
        assert market_page(Search(q=words)).facets["guaranteed"] == {True: 1, False: 1}
    assert client.get("/market/?g=1").text.count('<article class="listing">') == 1


def test_counted_pages_cost_few_queries(client, reviewer, settings, monkeypatch, django_assert_max_num_queries):
    settings.CATALOG_CACHE_SECONDS = 30
    monkeypatch.setattr(tree, "_kept", {})
    live_listing(verified_enterprise(), reviewer=reviewer)
    client.get("/market/")

    for address in ("/market/", "/market/?q=双胶纸", "/market/c/paper/", "/market/?q=双胶纸&c=PAP&place=佛山"):
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 200
