"""The guarantee badge stands on shop page, results and product page exactly while a guarantee is in force with a line (C05)."""

from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Listing, SellerStanding
from catalog.services import create_listing, set_standing
from kernel.models import Fact
from kernel.money import Money
from kernel.refusals import Denied, NotFound, Refusal
from kernel.timer import TIMER
from tests.worlds import key, listing_terms, live_listing, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
LINE = Money(32_000_000, "USD")


@pytest.fixture
def staff():
    return staff_actor("catalog.change_sellerstanding")


def stand(seller, actor, **values):
    return set_standing(seller.pk, actor=actor, request_key=key(), **values)


@pytest.mark.spec("C05")
@pytest.mark.parametrize(("active", "line", "shown"), [(True, LINE, True), (False, LINE, False), (False, Money(0, "USD"), False)])
def test_the_badge_with_its_line_is_on_all_three_pages_or_on_none(client, staff, active, line, shown):
    seller = verified_enterprise()
    listing = live_listing(seller)
    stand(seller, staff, guarantee_active=active, line=line)
    client.cookies["django_language"] = "en"

    for address in ("/market/", "/market/?q=双胶纸", f"/goods/{listing.no}/", f"/firm/{seller.handle}/"):
        page = client.get(address).text
        assert ('class="seal' in page) is shown, address
        assert ("US$320K" in page) is shown, address


@pytest.mark.spec("C05")
def test_the_badge_goes_with_the_guarantee_and_comes_to_goods_listed_later(client, staff):
    seller = verified_enterprise()
    first = live_listing(seller)
    stand(seller, staff, guarantee_active=True, line=LINE)
    later = live_listing(seller)
    assert {row.guarantee_minor for row in Listing.objects.all()} == {LINE.minor}

    stand(seller, staff, guarantee_active=False)

    assert {row.guarantee_minor for row in Listing.objects.all()} == {0}
    for listing in (first, later):
        assert 'class="seal' not in client.get(f"/goods/{listing.no}/").text


@pytest.mark.spec("C05")
@pytest.mark.parametrize("field", ["title_zh", "title_en", "description_zh", "wants"])
def test_a_badge_in_words_is_refused(field):
    forged = {"title_en": "Paper with trade assurance"}.get(field, "信用保障双胶纸，平台担保")
    terms = listing_terms(**{field: [forged] if field == "wants" else forged})

    with pytest.raises(Refusal) as refusal:
        create_listing(terms, actor=member_actor(verified_enterprise()), category="PAP", request_key=key())

    assert refusal.value.code == "claims_banned"


def test_each_change_is_a_fact_and_values_that_are_not_given_stay(staff):
    seller = verified_enterprise()
    stand(seller, staff, guarantee_active=True, line=LINE, completed_orders=3, rating=Decimal("4.50"))

    again = stand(seller, TIMER, completed_orders=4)

    assert (again.guarantee_active, again.line, again.completed_orders, again.rating) == (True, LINE, 4, Decimal("4.50"))
    facts = Fact.objects.filter(name="catalog.standing_set").order_by("pk")
    assert [fact.actor_kind for fact in facts] == ["staff", "timer"]
    assert facts.last().changes == {"completed_orders": ["3", "4"]}


def test_the_same_request_is_done_once(staff):
    seller, once = verified_enterprise(), key()
    for _twice in range(2):
        set_standing(seller.pk, actor=staff, guarantee_active=True, line=LINE, request_key=once)

    assert Fact.objects.filter(name="catalog.standing_set").count() == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [({"guarantee_active": True}, "line_missing"), ({"line": Money(100, "CNY")}, "line_currency"),
     ({"line": Money(-1, "USD")}, "line_negative"),
     ({"completed_orders": -1}, "line_negative"), ({"rating": Decimal("5.1")}, "rating_range")],
)  # fmt: skip
def test_nonsense_is_refused(staff, values, code):
    with pytest.raises(Refusal) as refusal:
        stand(verified_enterprise(), staff, **values)

    assert refusal.value.code == code
    assert not SellerStanding.objects.exists()


def test_a_seller_cannot_speak_of_its_own_standing():
    seller = verified_enterprise()
    for actor in (member_actor(seller), staff_actor("catalog.review_listing")):
        with pytest.raises(Denied):
            stand(seller, actor, guarantee_active=True, line=LINE)
    with pytest.raises(NotFound):
        set_standing(999_999, actor=TIMER, completed_orders=1, request_key=key())


def test_staff_set_a_standing_in_the_back_office(client):
    seller = verified_enterprise()
    listing = live_listing(seller)
    client.force_login(staff_user("catalog.change_sellerstanding", "catalog.view_sellerstanding"))
    url = reverse("admin:catalog_sellerstanding_add")
    form = {
        "handle": seller.handle,
        "guarantee_active": "on",
        "line": "320000",
        "completed_orders": "12",
        "rating": "",
        "request_key": key(),
    }

    assert client.get(url).status_code == 200
    assert client.post(url, {**form, "handle": "nobody-here"}).status_code == 422
    assert client.post(url, {**form, "line": "0"}).status_code == 422
    assert client.post(url, {**form, "request_key": key()}).status_code == 302
    assert Listing.objects.get(pk=listing.pk).guarantee_minor == LINE.minor

    change = reverse("admin:catalog_sellerstanding_change", args=[seller.pk])
    assert "320000" in client.get(change).text
    assert client.post(change, {**form, "guarantee_active": "", "request_key": key()}).status_code == 302
    assert Listing.objects.get(pk=listing.pk).guarantee_minor == 0
    assert client.get(reverse("admin:catalog_sellerstanding_changelist")).status_code == 200


def test_staff_keep_synonyms_in_the_back_office(client):
    client.force_login(staff_user("catalog.change_synonymgroup", "catalog.view_synonymgroup"))
    url = reverse("admin:catalog_synonymgroup_add")

    assert client.get(reverse("admin:catalog_synonymgroup_changelist")).status_code == 200
    assert client.post(url, {"terms": "岩棉", "request_key": key()}).status_code == 422
    assert client.post(url, {"terms": "岩棉\nrockwool，stone wool", "request_key": key()}).status_code == 302
    from catalog.models import SynonymGroup

    group = SynonymGroup.objects.last()
    assert group.terms == ["岩棉", "rockwool", "stone wool"]
    change = reverse("admin:catalog_synonymgroup_change", args=[group.pk])
    assert "stone wool" in client.get(change).text
    assert client.post(change, {"terms": "岩棉\nrockwool", "drop": "on", "request_key": key()}).status_code == 302
    assert not SynonymGroup.objects.filter(pk=group.pk).exists()


@pytest.mark.parametrize("name", ["sellerstanding", "synonymgroup"])
def test_the_desks_are_closed_to_staff_without_the_permission(client, name):
    client.force_login(staff_user(f"catalog.view_{name}", "catalog.review_listing"))

    assert client.get(reverse(f"admin:catalog_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:catalog_{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:catalog_{name}_add"), {}).status_code == 403
