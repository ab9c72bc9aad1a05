"""Counters of exposure: they cost the answer no query, count people once, and tell a seller only of own goods (C06)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from catalog.models import ListingDay
from catalog.queries import figures_of, reach_of, reach_report
from catalog.queries.reach import Figures
from catalog.services import ask, counters, flush_counters, forget_counters, note
from kernel.clock import now, telling
from kernel.models import Delivery
from kernel.refusals import Denied, NotFound
from kernel.services import deliver_due
from tests.races import race
from tests.worlds import key, live_listing, main_account, member_actor, staff_actor, staff_user, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("C06")]
PEOPLE = {"HTTP_USER_AGENT": "Mozilla/5.0 Firefox/140.0"}


@pytest.fixture(autouse=True)
def _fresh():
    forget_counters()


def test_showings_and_openings_are_counted_after_the_answer_and_written_apart(client):
    listing = live_listing(verified_enterprise())
    from tests.security.scene import changed, fingerprint

    before = fingerprint()
    client.get("/market/", **PEOPLE)
    client.get(f"/goods/{listing.no}/", **PEOPLE)
    client.get(f"/goods/{listing.no}/", **PEOPLE)
    assert changed(before, fingerprint()) == []

    flush_counters()

    row = ListingDay.objects.get(listing=listing)
    assert (row.shown, row.opened, row.asked, row.guaranteed) == (1, 1, 0, False)
    assert flush_counters() == 0


def test_counting_asks_the_database_nothing(client):
    live_listing(verified_enterprise())
    client.get("/market/")
    with CaptureQueriesContext(connection) as uncounted:
        client.get("/market/")
    with CaptureQueriesContext(connection) as counted:
        client.get("/market/", **PEOPLE)
    assert len(counted) == len(uncounted)


def test_own_visits_robots_and_prefetching_do_not_count(client):
    seller = verified_enterprise()
    listing = live_listing(seller)
    client.get(f"/goods/{listing.no}/", HTTP_USER_AGENT="Googlebot")
    client.get(f"/goods/{listing.no}/", HTTP_SEC_PURPOSE="prefetch", **PEOPLE)
    client.force_login(main_account(seller))
    client.get(f"/goods/{listing.no}/", **PEOPLE)
    client.get("/market/", **PEOPLE)
    assert flush_counters() == 0


def test_a_visitor_counts_again_after_the_window_and_others_at_once(monkeypatch):
    listing = live_listing(verified_enterprise())
    clock = [1000.0]
    monkeypatch.setattr(counters, "monotonic", lambda: clock[0])
    for visitor, at in (("a", 0), ("a", 5), ("b", 5), ("a", 601)):
        clock[0] = 1000.0 + at
        note("opened", [listing.pk], visitor=visitor)
    flush_counters()
    assert ListingDay.objects.get().opened == 3


def test_what_could_not_be_written_waits_for_the_next_time(monkeypatch):
    listing = live_listing(verified_enterprise())
    note("shown", [listing.pk, 987_654_321], visitor="a")
    real = counters._write
    monkeypatch.setattr(counters, "_write", lambda taken: (_ for _ in ()).throw(DatabaseError("down")))
    with pytest.raises(DatabaseError):
        flush_counters()
    monkeypatch.setattr(counters, "_write", real)
    note("shown", [listing.pk], visitor="b")
    flush_counters()
    assert ListingDay.objects.get().shown == 2


@pytest.mark.django_db(transaction=True)
def test_processes_that_write_at_once_lose_nothing():
    rows = [live_listing(verified_enterprise()).pk for _n in range(4)]
    day = localdate(now())

    def write(order):
        from django.db import transaction

        with transaction.atomic():
            return counters._write({("shown", pk, day): 5 for pk in order})

    results = race([lambda order=order: write(order) for order in (rows, rows[::-1], rows, rows[::-1])])

    assert all(isinstance(n, int) for n in results), results
    assert list(ListingDay.objects.values_list("shown", flat=True)) == [20] * 4


def test_an_inquiry_is_counted_once_from_its_fact():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    for body in ("含税吗？", "多久发货？"):
        ask(actor=member_actor(buyer), listing_no=listing.no, body=body, request_key=key())
    deliver_due()
    deliver_due()
    assert ListingDay.objects.get().asked == 1
    assert not Delivery.objects.filter(done_at=None).exists()


def test_a_seller_sees_own_figures_and_nobody_elses(client):
    seller, rival = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    for n in range(3):
        note("shown", [listing.pk], visitor=str(n))
    note("opened", [listing.pk], visitor="x")
    flush_counters()
    client.force_login(main_account(seller))
    client.cookies["django_language"] = "en"

    assert "3 · 1 · 0" in client.get("/shop/goods/").text
    page = client.get(f"/shop/goods/{listing.no}/reach/")
    assert page.status_code == 200 and "33.3 % of showings" in page.text and "<svg" in page.text
    found = reach_of(member_actor(seller), listing.no)
    assert found.total == Figures(3, 1, 0) and len(found.days) == 30
    with pytest.raises(NotFound):
        reach_of(member_actor(rival), listing.no)
    with telling(now() + timedelta(days=31)):
        assert figures_of([listing.pk]) == {}


def test_staff_compare_guaranteed_offers_with_others_only_in_groups_large_enough(client):
    sellers = [verified_enterprise() for _n in range(6)]
    rows = [live_listing(seller) for seller in sellers]
    day = localdate(now())
    for n, row in enumerate(rows):
        ListingDay.objects.create(listing=row, day=day, guaranteed=True, shown=10, opened=2, asked=0)
        if n < 4:
            ListingDay.objects.create(listing=row, day=day, guaranteed=False, shown=5, opened=1, asked=0)

    groups = {group.guaranteed: group for group in reach_report(staff_actor("catalog.read_reach"))}

    assert groups[True].per_offer == ("10.0", "2.0", "0.0") and groups[True].sellers == 6
    assert groups[False].per_offer is None and groups[False].sellers is None
    ListingDay.objects.filter(listing=rows[0], guaranteed=True).update(shown=10_000)
    assert {g.guaranteed: g.per_offer for g in reach_report(staff_actor("catalog.read_reach"))}[True] is None
    with pytest.raises(Denied):
        reach_report(member_actor(sellers[0]))
    client.force_login(staff_user("catalog.read_reach"))
    assert client.get(reverse("admin:catalog_listingday_changelist")).status_code == 200


def test_figures_over_all_categories_never_tell_what_a_single_category_hides():
    day, reader = localdate(now()), staff_actor("catalog.read_reach")

    def seen(category, sellers, shown):
        for seller in sellers:
            listing = live_listing(seller, category=category)
            ListingDay.objects.create(listing=listing, day=day, guaranteed=True, shown=shown, opened=1, asked=0)

    firms = [verified_enterprise() for _n in range(7)]
    seen("PAP", firms[:5], 10)
    assert [(g.sellers, g.per_offer) for g in reach_report(reader)] == [(5, ("10.0", "1.0", "0.0"))] * 2
    seen("MAC", firms[5:], 40)  # two sellers: hidden, and with it the sum
    assert [g.sellers for g in reach_report(reader)] == [5, None] or [g.sellers for g in reach_report(reader)] == [None, 5]
    seen("CHM", [verified_enterprise() for _n in range(3)], 40)  # the hidden ones together are five
    whole = reach_report(reader)[0]
    assert (whole.sellers, whole.per_offer) == (10, ("25.0", "1.0", "0.0"))


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(counters, "SEEN_MOST", 100)
    monkeypatch.setattr(counters, "WAITING_MOST", 50)
    for n in range(400):
        note("shown", [n], visitor="a")
    assert len(counters._seen) <= 101 and len(counters._waiting) == 50
