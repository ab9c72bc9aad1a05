"""A saved search tells of what the market shows by the same address, and of nothing else (B12)."""

from urllib.parse import quote

import pytest
from django.http import QueryDict

from catalog import needs
from catalog.models import Alert, SavedSearch, SynonymGroup
from catalog.queries import market_page, market_tree, own_goods
from catalog.search_rules import term_key
from catalog.services import set_standing
from catalog.views.facets import asked_for
from catalog.views.market import search_of
from kernel.money import Money
from kernel.services import deliver_due
from kernel.timer import COMMAND
from tests.worlds import key, live_listing, main_account, member_actor, person, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("B12")]
SEARCHES = [
    "q=双胶纸", "q=胶", "q=双胶纸+70", "q=offset+pap", "q=offs+paper", "q=offs", "q=wood-free", "q=papers",
    "q=模造纸", "q=书刊双胶纸", "q=白双胶纸卷", "q=uncoated+woodfree", "q=uncoated", "q=造纸",
    "q=paper+products", "q=示例", "q=佛山", "q={no}", "q=卷筒+佛山", "q=叉车", "q=!!!", "q=offset+papre",
    "c=PAP", "c=MAC", "c=PAP&c=MAC", "c=XXX&c=PAP", "c={sub}", "c={sub}&q=双胶纸", "c=PAP-CUL", "c=PAP-BRD",
    "q=packaging+boa", "q=form+reel", "a.form=reel&c=PAP", "a.form=sheet&c=PAP", "ready=1", "g=1",
    "g=1&q=双胶纸", "place=佛山", "place=广州", "place=广州&place=佛山", "cur=CNY", "cur=USD", "min=1",
    "max=1", "max=999999", "q=双胶纸&max=1&cur=USD", "sort=price&q=双胶纸", "give=包装机械", "give=叉车",
    "give=叉车&q=双胶纸", "have={own}", "have={own}&q=双胶纸", "have=G000", "a.grammage=70&c={sub}",
    "a.grammage=80&c={sub}", "q=双胶纸&page=2&from=fair", "q=" + "双胶纸" * 17,
    "q=a+b+c+d+e+f+g+h+i+j+k+l+m+双胶纸",
]  # fmt: skip


@pytest.mark.parametrize("dear", [False, True], ids=["plain seller", "guaranteed seller that wants"])
def test_a_saved_search_tells_of_what_the_market_shows_by_the_same_address_and_of_nothing_else(client, dear, monkeypatch):
    monkeypatch.setattr(needs, "SAVED_OF_PERSON", len(SEARCHES))
    seller, buyer = verified_enterprise(), verified_enterprise()
    reader = main_account(buyer)
    own = live_listing(buyer, category="MAC", title_zh="机床", title_en="Lathe", stock=5)
    client.force_login(reader)
    more = {"ready_to_ship": True, "wants": ["叉车"], "want_categories": ["MAC"], "place": "佛山"} if dear else {"place": "佛山"}
    if dear:
        set_standing(seller.pk, actor=COMMAND, guarantee_active=True, line=Money(100, "USD"), request_key=key())
    for terms in (["双胶纸", "模造纸", "uncoated woodfree"], ["佛山", "禅城"]):
        SynonymGroup.objects.create(terms=terms, keys=[term_key(term) for term in terms])
    code = "PAP-BRD-KRA"
    listing = live_listing(
        seller,
        category=code,
        title_zh="双胶纸 70g 卷筒",
        title_en="Offset paper 70 gsm wood-free",
        attributes={"grammage": "70", "form": "reel"},
        **more,
    )
    saved_as = {}
    for n, text in enumerate(SEARCHES):
        address = text.format(no=listing.no, sub=code, own=own.no)
        posted = client.post("/me/alerts/new/", {"query": address, "name": f"s{n}", "request_key": key()})
        assert posted.status_code == 302
        saved_as[address] = SavedSearch.objects.get(name=f"s{n}")

    deliver_due()

    hit = set(Alert.objects.filter(listing=listing).values_list("search_id", flat=True))
    wrong, tree, goods = {}, market_tree(), own_goods(member_actor(buyer))
    for address, search in saved_as.items():
        asked = QueryDict(address, mutable=True)
        result = market_page(search_of(asked, goods, asked_for(asked.getlist("c"), tree)), tree)
        shown = not result.guessed and listing.no in {row.no for row in result.page.rows}
        if shown != (search.pk in hit):
            wrong[address] = (shown, search.pk in hit)
    assert wrong == {}
    assert 12 < len(hit) < len(saved_as)


def test_the_search_of_a_category_that_nobody_knows_is_not_kept_as_one_of_everything(client):
    client.force_login(person())
    assert client.post("/me/alerts/new/", {"query": "c=XXX", "name": "x", "request_key": key()}).status_code == 422
    assert not SavedSearch.objects.exists()


def test_a_search_that_is_too_long_is_refused_and_never_kept_in_part(client):
    client.force_login(person())
    client.cookies["django_language"] = "en"
    for long in ("q=" + quote("双胶纸" * 30), "q=paper&" + "&".join(f"place={n}xxxxxxxxxxx" for n in range(200))):
        page = client.get(f"/me/alerts/new/?{long}")
        assert "too long to be saved" in page.text and 'name="name"' not in page.text
        posted = client.post("/me/alerts/new/", {"query": long, "name": "x", "request_key": key()})
        assert posted.status_code == 422 and "too long to be saved" in posted.text
    assert not SavedSearch.objects.exists()
