"""The shop page of an enterprise, comparison, and following (H56)."""

import pytest

from catalog.services import withdraw_listing
from tests.worlds import key, live_listing, main_account, member_actor, person, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H56")]


def test_a_shop_page_searches_inside_and_by_category(client):
    seller = verified_enterprise()
    paper, truck = live_listing(seller), live_listing(seller, category="MAC", title_zh="二手叉车", title_en="Used forklift")
    home = f"/firm/{seller.handle}/"

    def shown(query):
        text = client.get(home + query).text.split("<main")[1]
        return {row.no for row in (paper, truck) if f"/goods/{row.no}/" in text}

    assert shown("") == {paper.no, truck.no}
    assert shown("?q=叉车") == shown("?q=forklift") == {truck.no}
    assert shown("?q=叉车+木浆") == set()
    assert shown(f"?c={paper.category.slug}") == {paper.no}
    assert client.get(home + "?q=%F0%9F%98%80&c=nothing&after=xx").status_code == 200


def test_a_visitor_follows_and_sees_that_they_do(client):
    seller, reader = verified_enterprise(), person()
    client.force_login(reader)
    client.cookies["django_language"] = "en"
    home = f"/firm/{seller.handle}/"
    assert "Follow" in client.get(home).text
    assert client.post(home + "follow/", {"request_key": key()}).status_code == 302
    assert "Following" in client.get(home).text
    assert seller.name in client.get("/me/alerts/").text


def test_four_offers_stand_beside_each_other_and_differences_are_marked(client):
    seller = verified_enterprise()
    rows = [live_listing(seller, moq=10 * (n + 1), place="佛山") for n in range(5)]
    gone = live_listing(seller)
    withdraw_listing(gone.no, actor=member_actor(seller), request_key=key())
    client.cookies["django_language"] = "en"

    page = client.get("/compare/", {"no": [row.no for row in rows[:2]] + [gone.no, "<b>"]})

    assert page.status_code == 200 and page.text.count('<th scope="col">') == 2
    assert gone.no in page.text and "&lt;B&gt;" in page.text and "<B>" not in page.text
    minimum, place = (page.text.split(f'<th scope="row">{label}')[1].split("</tr>")[0] for label in ("Minimum order", "Ships from"))
    assert "differs" in minimum and "differs" not in place
    assert f"no={rows[2].no}" in page.text or f"no={rows[4].no}" in page.text
    five = client.get("/compare/", {"no": [row.no for row in rows]})
    assert five.text.count('<th scope="col">') == 4 and "At most four" in five.text
    assert client.get("/compare/").status_code == 200
    client.force_login(main_account(verified_enterprise()))
    assert f"goods={rows[0].no}" in client.get("/compare/", {"no": rows[0].no}).text


def test_a_search_is_saved_from_the_market_by_name(client):
    from catalog.models import SavedSearch

    live_listing(verified_enterprise())
    client.force_login(person())
    client.cookies["django_language"] = "en"
    assert "/me/alerts/new/?q=" in client.get("/market/?q=paper").text
    form = client.get("/me/alerts/new/?q=paper&c=PAP&ready=1&min=10&after=zzz&utm=1")
    kept = form.text.split('name="query"')[1][:90]
    assert "q=paper&amp;c=PAP&amp;ready=1&amp;min=10" in kept and "utm" not in kept
    query = "q=paper&c=PAP&c=ZZZ&ready=1&place=佛山&min=10&max=x&cur=EUR&after=zzz"
    assert client.post("/me/alerts/new/", {"name": "纸", "query": query, "weekly": "on", "request_key": key()}).status_code == 302
    saved = SavedSearch.objects.get()
    assert [c.code for c in saved.categories.all()] == ["PAP"] and "after" not in saved.query
    assert saved.filters["price_min"] == 1000 and saved.filters["currency"] == "EUR" and saved.filters["places"] == ["佛山"]
    assert (saved.weekly, saved.by_mail) == (True, False)
    page = client.get(f"/me/alerts/{saved.pk}/")
    assert page.status_code == 200
    assert client.post(f"/me/alerts/{saved.pk}/telling/", {"paused": "on", "request_key": key()}).status_code == 302
    assert "Paused" in client.get("/me/alerts/").text
    assert client.post(f"/me/alerts/{saved.pk}/removal/", {"request_key": key()}).status_code == 302
    assert client.get(f"/me/alerts/{saved.pk}/").status_code == 404
