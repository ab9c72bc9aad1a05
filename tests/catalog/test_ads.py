"""Advertising places: for VIP sellers, reviewed, within a quota, in fair turns, labelled and counted (H59)."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from hypothesis import given
from hypothesis import strategies as st

from accounts.services import end_privilege
from catalog.models import Ad, AdDay
from catalog.queries import running_ads
from catalog.queries.ads import ON_A_PAGE, turn
from catalog.services import approve_ad, book_ad, end_ad, flush_counters, forget_counters, reject_ad, withdraw_listing
from kernel.clock import now, telling
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import deliver_due
from kernel.timer import COMMAND
from messaging.models import Notice
from tests.races import race
from tests.worlds import key, live_listing, main_account, member_actor, staff_actor, staff_user, verified_enterprise, vip_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H59")]
PEOPLE = {"HTTP_USER_AGENT": "Mozilla/5.0 Firefox/140.0"}


def booked(firm, *, place="market", days=5, after=0, listing=None, **how):
    listing = listing or live_listing(firm)
    start = localdate(now()) + timedelta(days=after)
    return book_ad(
        actor=member_actor(firm), listing_no=listing.no, place=place, starts_on=start, ends_on=start + timedelta(days=days - 1),
        request_key=key(), **how,
    )  # fmt: skip


def approved(ad):
    return approve_ad(ad.no, actor=staff_actor("catalog.review_ad"), request_key=key())


def test_an_advertisement_is_seen_on_its_place_and_days_once_it_is_approved(client):
    firm = vip_enterprise()
    ad = booked(firm, after=1, days=2, words_zh="现货直供")
    assert running_ads("market") == []
    approved(ad)
    assert running_ads("market") == []
    with telling(now() + timedelta(days=1)):
        page = client.get("/market/", **PEOPLE).text
        assert "现货直供" in page and "广告" in page and 'rel="sponsored"' in page
        assert "现货直供" not in client.get("/").text
    with telling(now() + timedelta(days=3)):
        assert running_ads("market") == []
    deliver_due()
    assert Notice.objects.filter(recipient=main_account(firm), url="/shop/ads/").exists()


@pytest.mark.parametrize("why", ["vip ended", "withdrawn", "seller frozen", "ended", "rejected"])
def test_what_may_no_longer_be_shown_is_gone_at_once(why):
    from accounts.models import Enterprise

    firm = vip_enterprise()
    listing = live_listing(firm)
    ad = booked(firm, listing=listing)
    staff = staff_actor("catalog.review_ad")
    if why == "rejected":
        reject_ad(ad.no, actor=staff, reason="图片不符", request_key=key())
    else:
        approved(ad)
        assert [a.pk for a in running_ads("market")] == [ad.pk]
    if why == "vip ended":
        end_privilege(firm.privilege.pk, actor=COMMAND, reason="x", request_key=key())
    elif why == "withdrawn":
        withdraw_listing(listing.no, actor=member_actor(firm), request_key=key())
    elif why == "seller frozen":
        Enterprise.objects.filter(pk=firm.pk).update(state="frozen")
    elif why == "ended":
        end_ad(ad.no, actor=member_actor(firm), request_key=key())
    assert running_ads("market") == []
    if why in ("ended", "rejected"):
        with pytest.raises(IllegalMove):
            approve_ad(ad.no, actor=staff, request_key=key())


def test_who_may_not_book_books_nothing():
    plain, firm = verified_enterprise(), vip_enterprise()
    foreign = live_listing(vip_enterprise())
    with pytest.raises(Refusal) as not_vip:
        booked(plain)
    assert not_vip.value.code == "not_vip"
    with pytest.raises(NotFound):
        booked(firm, listing=foreign)
    for how, code in (
        ({"days": 32}, "ad_dates"), ({"after": -1}, "ad_dates"), ({"after": 120}, "ad_dates"), ({"words_zh": "全国第一"}, "claims_banned"),
        ({"place": "moon"}, "ad_place"), ({"place": "category"}, "category_unknown"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            booked(firm, **how)
        assert refused.value.code == code
    with pytest.raises(Denied):
        approve_ad(booked(firm).no, actor=member_actor(firm), request_key=key())


@pytest.mark.django_db(transaction=True)
def test_bookings_at_once_stay_within_the_quota():
    firm = vip_enterprise()
    listing = live_listing(firm)
    race([lambda: booked(firm, listing=listing) for _n in range(8)])
    assert Ad.objects.count() == 3
    assert booked(firm, listing=listing, after=20)


def test_a_page_never_shows_more_than_two():
    for _n in range(5):
        approved(booked(vip_enterprise()))
    assert len(running_ads("market")) == ON_A_PAGE == 2


@given(n=st.integers(1, 40), limit=st.integers(1, 4), start=st.integers(0, 10**9))
def test_everybodys_turn_comes_equally_often(n, limit, start):
    found = list(range(n))
    seen = Counter(pk for step in range(start, start + n) for pk in turn(found, limit, step))
    assert set(seen) == set(found) and len(set(seen.values())) == 1
    assert all(len(turn(found, limit, step)) == min(n, limit) for step in range(start, start + 3))


def test_showings_and_followings_are_counted(client):
    forget_counters()
    ad = approved(booked(vip_enterprise()))
    client.get("/market/", **PEOPLE)
    answer = client.get(f"/ad/{ad.no}/", **PEOPLE)
    assert answer["Location"] == f"/goods/{ad.listing.no}/"
    flush_counters()
    assert AdDay.objects.filter(ad=ad).values_list("shown", "opened").get() == (1, 1)
    assert client.get("/ad/A00000000/").status_code == 404


def test_the_pages_of_seller_and_desk_work(client):
    firm = vip_enterprise()
    listing = live_listing(firm)
    client.force_login(main_account(firm))
    today = localdate(now()).isoformat()
    form = {"listing_no": listing.no, "place": "category", "category": "PAP", "starts_on": today, "ends_on": today, "request_key": key()}
    assert client.post("/shop/ads/", {**form, "category": ""}).status_code == 422
    assert client.post("/shop/ads/", form).status_code == 302
    ad = Ad.objects.get()
    assert ad.no in client.get("/shop/ads/").text
    client.force_login(staff_user("catalog.review_ad"))
    page = reverse("admin:catalog_ad_change", args=[ad.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"act": "reject", "reason": " ", "request_key": key()}).status_code == 422
    assert client.post(page, {"act": "nothing"}).status_code == 422
    assert client.post(page, {"act": "approve", "request_key": key()}).status_code == 302
    ad.refresh_from_db()
    assert ad.state == "approved"
    add = reverse("admin:catalog_ad_add")
    assert client.post(add, {**form, "act": "book", "request_key": key()}).status_code == 302
    assert client.get(reverse("admin:catalog_ad_changelist"), follow=True).status_code == 200
    client.force_login(main_account(verified_enterprise()))
    assert "VIP" in client.get("/shop/ads/").text
