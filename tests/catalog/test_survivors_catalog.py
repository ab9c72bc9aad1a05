"""What the rest of the suite let pass when it was broken on purpose: each test here stands for one broken line that nothing noticed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Enterprise
from catalog.models import BuyerReservation, Listing, Stock
from catalog.queries.reach import _group
from catalog.services import (
    expire_listing,
    expire_reservation,
    import_stock,
    keep_movement_paper,
    move_stock,
    reserve_for_buyer,
    set_threshold,
)
from kernel.clock import now, telling
from kernel.models import Fact
from kernel.refusals import Denied, NotFound
from tests.catalog.refusing import refused
from tests.catalog.sheets import done, table
from tests.worlds import (
    key,
    live_listing,
    main_account,
    member_actor,
    person,
    staff_actor,
    staff_user,
    sub_account,
    upload,
    verified_enterprise,
    vip_enterprise,
)

pytestmark = pytest.mark.django_db


@pytest.mark.spec("H32", thin=True)
def test_p13_who_has_every_box_but_stock_sets_no_threshold():
    seller = verified_enterprise()
    listing = live_listing(seller)
    clerk = member_actor(seller, sub_account(seller, "manage_products", "trade", "messages"))
    with pytest.raises(Denied):
        set_threshold(listing.no, actor=clerk, low_at=Decimal(5), request_key=key())
    assert Stock.objects.get(pk=listing.pk).low_at is None


@pytest.mark.spec("H53", thin=True)
def test_p20_goods_end_at_their_time_and_not_a_moment_earlier():
    listing = live_listing(verified_enterprise())
    ends = Listing.objects.get(pk=listing.pk).expires_at
    with telling(ends - timedelta(seconds=1)):
        expire_listing(listing.pk)
        assert Listing.objects.get(pk=listing.pk).state == "live"
    with telling(ends):
        expire_listing(listing.pk)
    assert Listing.objects.get(pk=listing.pk).state == "expired"


@pytest.mark.spec("H59", thin=True)
def test_p20_a_reservation_ends_at_its_time_and_not_a_moment_earlier():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=10)
    until = now() + timedelta(days=2)
    kept = reserve_for_buyer(
        listing.no, actor=member_actor(seller), buyer=buyer.handle, quantity=Decimal(5), until=until, request_key=key()
    )
    with telling(until - timedelta(seconds=1)):
        assert not expire_reservation(kept.pk)
    assert (BuyerReservation.objects.get().state, Stock.objects.get(pk=listing.pk).reserved) == ("held", 5)
    with telling(until):
        assert expire_reservation(kept.pk)
    assert (BuyerReservation.objects.get().state, Stock.objects.get(pk=listing.pk).reserved) == ("expired", 0)


@pytest.mark.spec("C06", thin=True)
def test_a_group_of_five_sellers_is_told_and_one_of_four_is_not():
    def sellers(n):
        return _group("纸", True, [(10, 5, 1, 1)] * n)

    assert sellers(4).sellers is None and sellers(4).per_offer is None
    assert sellers(5).sellers == 5 and sellers(5).per_offer == ("10.0", "5.0", "1.0")


@pytest.mark.spec("H32", thin=True)
@pytest.mark.django_db(transaction=True)
def test_p3_goods_that_are_booked_while_a_file_is_being_booked_are_not_forgotten(monkeypatch):
    from catalog.services import stock_imports

    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, stock=100, sku="KP-1")
    body = table([["KP-1", "out", "30", "发货", ""]], header=["goods", "kind", "quantity", "reason", "document_no"])
    job = import_stock(actor=actor, body=body, file_name="stock.csv", request_key=key())
    true_write, pool, others = stock_imports._write, ThreadPoolExecutor(1), []

    def meanwhile():
        try:
            return move_stock(listing.no, actor=actor, kind="out", quantity=Decimal(50), reason="x", request_key=key())
        finally:
            connection.close()

    def write(moved, stocks):
        others.append(pool.submit(meanwhile))
        with pytest.raises(TimeoutError):
            others[0].result(timeout=1)  # it waits for this batch
        true_write(moved, stocks)

    monkeypatch.setattr(stock_imports, "_write", write)
    assert done(job).state == "finished"

    others[0].result(timeout=20)
    pool.shutdown()
    assert Stock.objects.get(pk=listing.pk).on_hand == 20


def test_p12_a_movements_paper_is_only_taken_by_whoever_sent_it():
    seller = verified_enterprise()
    listing, actor = live_listing(seller, stock=10), member_actor(seller)
    paper = keep_movement_paper(upload("note"), actor=actor)
    colleague = member_actor(seller, sub_account(seller, "manage_stock"))
    assert main_account(seller).pk == actor.user_id
    with refused("paper_unknown"):
        move_stock(
            listing.no, actor=colleague, kind="in", quantity=Decimal(1), reason="x", request_key=key(), paper=paper.token
        )  # fmt: skip
    assert not Fact.objects.filter(name="catalog.stock_moved").exists()


@pytest.mark.spec("H53", thin=True)
def test_p11_the_files_of_a_frozen_seller_are_gone_with_its_goods_and_so_is_the_page_of_its_ended_ones(client):
    from catalog.services import keep_media, withdraw_listing

    seller = verified_enterprise()
    actor = member_actor(seller)
    photo = keep_media(upload("frozen"), kind="photo", actor=actor)
    listing, ended = live_listing(seller, media=[{"key": photo.key}]), live_listing(seller)
    withdraw_listing(ended.no, actor=actor, request_key=key())
    paths = {f"/media/{photo.key}/thumb.webp": 200, f"/goods/{listing.no}/": 200, f"/goods/{ended.no}/": 410}
    assert {path: client.get(path).status_code for path in paths} == paths

    Enterprise.objects.filter(pk=seller.pk).update(state="frozen")

    assert {client.get(path).status_code for path in paths} == {404}


@pytest.mark.spec("H56", thin=True)
def test_the_index_of_sitemaps_names_no_part_that_holds_only_goods_of_shut_sellers():
    from catalog.queries import sitemap_parts

    seller = verified_enterprise()
    live_listing(seller)
    assert {kind for kind, _part in sitemap_parts()} == {"offers", "firms"}
    Enterprise.objects.filter(pk=seller.pk).update(state="frozen")
    assert list(sitemap_parts()) == []


@pytest.mark.spec("H16", thin=True)
def test_p12_who_sees_some_of_the_goods_counts_only_those():
    from accounts.models import Membership
    from catalog.models import StockCountLine
    from catalog.services import begin_count, enter_counts, grant_listing

    seller = verified_enterprise()
    mine, other = live_listing(seller, stock=10), live_listing(seller, stock=10)
    user = sub_account(seller, "manage_stock")
    Membership.objects.filter(user=user).update(only_granted_listings=True)
    place = Membership.objects.get(user=user)
    grant_listing(mine.no, people=[place.pk], actor=member_actor(seller), request_key=key())
    clerk = member_actor(seller, user)
    count = begin_count(actor=member_actor(seller), title="全部", everything=True, request_key=key())
    lines = {line.listing_id: line.pk for line in count.lines.all()}

    with pytest.raises(NotFound):
        enter_counts(count.no, actor=clerk, counted={lines[other.pk]: (Decimal(1), "")}, request_key=key())
    enter_counts(count.no, actor=clerk, counted={lines[mine.pk]: (Decimal(9), "少")}, request_key=key())

    assert list(StockCountLine.objects.filter(counted__isnull=False).values_list("pk", flat=True)) == [lines[mine.pk]]


@pytest.mark.spec("H59", thin=True)
def test_p16_an_enterprise_that_closes_takes_its_advertisements_along():
    from django.utils.timezone import localdate

    from catalog.models import Ad
    from catalog.services import book_ad, withdraw_everything

    firm = vip_enterprise()
    day = localdate(now())
    book_ad(
        actor=member_actor(firm), listing_no=live_listing(firm).no, place="market", starts_on=day, ends_on=day, request_key=key()
    )  # fmt: skip
    withdraw_everything(firm.pk)
    assert (Ad.objects.get().state, Fact.objects.filter(name="catalog.ad_ended").count()) == ("ended", 1)


@pytest.mark.spec("B12", thin=True)
def test_p37_staff_take_no_request_down_that_is_their_own_or_their_companys():
    from accounts.models import Membership
    from accounts.queries import actor_for
    from catalog.models import Want
    from catalog.services import hide_want, post_want

    said = {"category": "PAP", "title": "求购木浆", "quantity": 5, "unit": "t", "can_give": ""}
    seller, clerk = verified_enterprise(), staff_user("catalog.hide_want")
    place = Membership.objects.create(user=clerk, enterprise=seller, created_at=now())
    Membership.objects.filter(pk=place.pk).update(ended_at=now())
    theirs = post_want(actor=member_actor(seller), request_key=key(), **said)
    own = post_want(actor=actor_for(person()), request_key=key(), **said)
    Want.objects.filter(pk=own.pk).update(person_id=clerk.pk)

    for want in (theirs, own):
        with refused("own_enterprise", Denied):
            hide_want(want.no, actor=actor_for(clerk), reason="x", request_key=key())
    assert set(Want.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.spec("H56", thin=True)
def test_what_a_member_does_after_ninety_days_is_put_down_to_no_campaign():
    from catalog.services import attribute, keep_touch, start_campaign

    start_campaign(actor=staff_actor("catalog.run_campaign"), code="fair", name="广交会", medium="fair", note="", request_key=key())
    lin = person()
    keep_touch(lin.pk, "fair")
    with telling(now() + timedelta(days=89)):
        assert attribute("inquiry", "Q1", user_id=lin.pk).campaign.code == "fair"
    with telling(now() + timedelta(days=90, minutes=1)):
        assert attribute("inquiry", "Q2", user_id=lin.pk) is None


@pytest.mark.spec("H16", thin=True)
def test_p12_a_file_changes_no_goods_that_its_sender_does_not_see():
    from accounts.models import Membership
    from catalog.services import import_listings
    from tests.catalog.sheets import goods

    seller = verified_enterprise()
    other = live_listing(seller, sku="A-1")
    user = sub_account(seller, "manage_products")
    Membership.objects.filter(user=user).update(only_granted_listings=True)
    before = (other.price_minor, other.latest_version)

    sent = {"actor": member_actor(seller, user), "body": goods({"sku": "A-1", "price": "1"}), "file_name": "goods.csv"}
    job = done(import_listings(**sent, request_key=key()))

    other.refresh_from_db()
    assert (job.failed, job.counts, (other.price_minor, other.latest_version)) == (1, {"created": 0, "changed": 0, "unchanged": 0}, before)


@pytest.mark.spec("B12", thin=True)
@pytest.mark.django_db(transaction=True)
def test_many_searches_saved_at_once_do_not_pass_the_cap(monkeypatch):
    from accounts.queries import actor_for
    from catalog import needs
    from catalog.models import SavedSearch
    from catalog.services import save_search
    from tests.races import race

    monkeypatch.setattr(needs, "SAVED_OF_PERSON", 3)
    actor = actor_for(person())

    def save():
        return save_search("x", actor=actor, q="纸", categories=[], filters={}, query="", weekly=False, by_mail=False, request_key=key())

    race([save] * 8)
    assert SavedSearch.objects.count() == 3


@pytest.mark.spec("H53", thin=True)
def test_p18_a_change_that_is_given_up_stands_in_the_log():
    from catalog.services import drop_change, revise_listing
    from tests.worlds import listing_terms

    seller = verified_enterprise()
    listing, actor = live_listing(seller), member_actor(seller)
    revise_listing(listing.no, actor=actor, terms=listing_terms(title_zh="改过的纸"), category="PAP", request_key=key())
    drop_change(listing.no, actor=actor, request_key=key())
    assert Fact.objects.get(name="catalog.revision_dropped").payload["no"] == listing.no
