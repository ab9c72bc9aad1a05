"""Attacks on the catalogue's seams: names that change, files that nobody uses, goods of shut sellers, people who see only a part."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.facts import ChangeApproved
from accounts.models import Enterprise, Membership
from accounts.queries import operation_log
from catalog import services
from catalog.models import CampaignTouch, Category, Listing, Media, StockCount
from catalog.queries import Search, market_page, subtree_counts
from catalog.services import (
    begin_count,
    book_count,
    cancel_count,
    create_listing,
    enter_counts,
    export_goods,
    grant_listing,
    import_listings,
    keep_media,
    keep_touch,
    move_category,
    start_campaign,
    sweep_catalog,
)
from catalog.services.media import sweep_media
from kernel.clock import now, telling
from kernel.models import Document, Fact
from kernel.refusals import Denied
from kernel.services import deliver_due, read_document, record
from kernel.timer import TIMER
from tests.catalog.refusing import refused
from tests.catalog.sheets import done, goods
from tests.worlds import (
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    person,
    staff_actor,
    sub_account,
    upload,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db


def found(**search) -> list[str]:
    return [row.no for row in market_page(Search(**search)).page.rows]


def narrowed(firm, box: str, *listings):
    user = sub_account(firm, box)
    place = Membership.objects.get(user=user)
    place.only_granted_listings = True
    place.save()
    for listing in listings:
        grant_listing(listing.no, people=[place.pk], actor=member_actor(firm), request_key=key())
    return member_actor(firm, user)


# ---------- names that change ----------


@pytest.mark.spec("H52", thin=True)
def test_p17_a_renamed_sellers_goods_are_found_by_the_new_name_in_batches(monkeypatch):
    monkeypatch.setattr("catalog.services.index.RENAMED", 2)
    seller = verified_enterprise("旧名实业有限公司")
    listings = [live_listing(seller) for _n in range(3)]
    Enterprise.objects.filter(pk=seller.pk).update(name="凤凰新材有限公司")
    assert found(q="凤凰新材") == []
    with transaction.atomic():
        value = ChangeApproved(enterprise_id=seller.pk, change_id=1, fields=["name"], asked_by_id=1)
        record(value, actor=TIMER, subject=seller, chains=[seller.chain])

    deliver_due()

    assert sorted(found(q="凤凰新材")) == sorted(row.no for row in listings)
    assert found(q="旧名实业") == []


@pytest.mark.spec("M40")
def test_goods_of_a_moved_category_are_found_with_words_where_they_lie_now():
    listing = live_listing(verified_enterprise(), category="PAP-BRD-KRA", attributes={"grammage": "70", "form": "reel"})
    kraft = Category.objects.get(code="PAP-BRD-KRA")
    desk = staff_actor("catalog.change_category")
    assert found(q="双胶纸", categories=["PAP-SPC"]) == []

    move_category(kraft.pk, actor=desk, parent="PAP-SPC", request_key=key())
    deliver_due()

    assert found(q="双胶纸", categories=["PAP-SPC"]) == found(categories=["PAP-SPC"]) == [listing.no]
    assert found(q="双胶纸", categories=["PAP-BRD"]) == []
    assert services.index_renamed(category_id=10**9) == 0


# ---------- goods of sellers that are shut, and counts ----------


def test_p11_goods_of_a_seller_that_may_not_trade_are_counted_nowhere():
    seller = verified_enterprise()
    live_listing(seller)
    shown = live_listing(verified_enterprise())
    assert subtree_counts()["PAP"] == 2

    Enterprise.objects.filter(pk=seller.pk).update(state="frozen")

    assert subtree_counts()["PAP"] == 1 and found(categories=["PAP"]) == [shown.no]


# ---------- imports ----------


@pytest.mark.spec("H52")
def test_p18_an_import_that_hands_in_stands_in_the_log_at_each_of_its_goods():
    seller = verified_enterprise()
    actor = member_actor(seller)
    body = goods({"sku": "A-1"}, {"sku": "A-2"})
    job = done(import_listings(actor=actor, body=body, file_name="goods.csv", request_key=key(), hand_in=True))

    fact = Fact.objects.get(name="catalog.listings_imported")
    assert (fact.payload["handed_in"], fact.payload["nos"]) == (2, list(Listing.objects.order_by("pk").values_list("no", flat=True)))
    for no in fact.payload["nos"]:
        for about in (no, no.lower()):
            assert fact.pk in {link.fact_id for link in operation_log(actor, about=about)}
    assert operation_log(actor, about="G000000000") == []
    assert job.state == "finished"


@pytest.mark.spec("M40")
def test_a_file_brings_no_new_goods_into_a_retired_category():
    actor = member_actor(verified_enterprise())
    Category.objects.filter(code="PAP-SPC").update(retired_at=now())
    sent = {"category": "PAP-SPC", "sku": "A-1"}
    job = done(import_listings(actor=actor, body=goods(sent, {"sku": "A-2"}), file_name="goods.csv", request_key=key()))

    assert (job.counts["created"], job.failed) == (1, 1)
    with refused("category_unknown"):
        create_listing(listing_terms(), actor=actor, category="PAP-SPC", request_key=key())


@pytest.mark.spec("B15", thin=True)
@pytest.mark.parametrize("excel", [False, True])
def test_goods_that_go_out_and_come_back_lose_no_attribute(excel):
    seller = verified_enterprise()
    actor = member_actor(seller)
    said = {"grammage": "70", "form": "reel", "fsc": True}
    listing = live_listing(seller, category="PAP-BRD-KRA", attributes=said, sku="A-1")
    file = done(export_goods("catalog.listing_export", actor=actor, excel=excel, request_key=key()))
    name = "goods.xlsx" if excel else "goods.csv"

    back = done(import_listings(actor=actor, body=read_document(file.result), file_name=name, request_key=key()))

    assert (back.failed, back.counts) == (0, {"created": 0, "changed": 0, "unchanged": 1})
    listing.refresh_from_db()
    assert listing.attributes == said and not listing.waiting


# ---------- files and touches that nobody needs ----------


def aged(*media):
    Media.objects.filter(pk__in=[m.pk for m in media]).update(created_at=now() - timedelta(days=2))


@pytest.mark.spec("H53")
def test_files_that_no_listing_uses_go_by_night_though_nobody_uploads_any_more(monkeypatch, capsys):
    monkeypatch.setattr("catalog.services.media.SWEPT", 1)
    actor = member_actor(verified_enterprise())
    used, fresh, *loose = (keep_media(upload(text=f"m{n}"), kind="photo", actor=actor) for n in range(4))
    create_listing(listing_terms(media=[{"key": used.key}]), actor=actor, category="PAP", request_key=key())
    aged(used, *loose)

    call_command("sweep_catalog")

    assert "listing_media: 2" in capsys.readouterr().out
    assert set(Media.objects.all()) == {used, fresh}
    assert Document.objects.filter(purpose="listing_media").count() == 6
    assert Fact.objects.get(name="kernel.leftovers_swept").payload["removed"]["listing_media"] == 2
    assert sweep_catalog(actor=TIMER) == {"listing_media": 0, "campaign_touches": 0, "alerts": 0, "saved_searches": 0}
    assert Fact.objects.filter(name="kernel.leftovers_swept").count() == 1


@pytest.mark.parametrize("checked", [True, False], ids=["services", "canary"])
@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_being_put_into_a_listing_is_not_swept_meanwhile(checked, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from catalog.services import media as module

    actor = member_actor(verified_enterprise())
    photo = keep_media(upload(text="bound"), kind="photo", actor=actor)
    aged(photo)
    if not checked:
        monkeypatch.setattr(module.Media.objects, "raw", lambda *_a: Media.objects.filter(pk=photo.pk), raising=False)

    def swept():
        try:
            return sweep_media()
        finally:
            connection.close()

    true_use = module.use_media

    def use_after_a_sweep(listing, terms):
        with ThreadPoolExecutor() as pool:
            pool.submit(swept).result()
        true_use(listing, terms)

    monkeypatch.setattr("catalog.services.listings.use_media", use_after_a_sweep)
    listing = create_listing(listing_terms(media=[{"key": photo.key}]), actor=actor, category="PAP", request_key=key())

    assert listing.used_media.exists() is checked


@pytest.mark.spec("H56")
def test_p39_by_which_campaign_a_member_came_is_forgotten_when_it_counts_no_more():
    start_campaign(actor=staff_actor("catalog.run_campaign"), code="fair", name="广交会", medium="fair", note="", request_key=key())
    lin, wang = person(), person()
    keep_touch(lin.pk, "fair")
    with telling(now() + timedelta(days=89)):
        keep_touch(wang.pk, "fair")
        assert sweep_catalog(actor=TIMER)["campaign_touches"] == 0
    with telling(now() + timedelta(days=90, minutes=1)):
        assert sweep_catalog(actor=TIMER)["campaign_touches"] == 1
    assert list(CampaignTouch.objects.values_list("user_id", flat=True)) == [wang.pk]


# ---------- people who see only a part of the goods ----------


@pytest.mark.spec("H16")
def test_p13_who_sees_some_of_the_goods_neither_books_nor_cancels_a_count_of_all(client):
    seller = verified_enterprise()
    mine, other = live_listing(seller, stock=10), live_listing(seller, stock=10)
    clerk, boss = narrowed(seller, "manage_stock", mine), member_actor(seller)
    count = begin_count(actor=boss, title="全部", everything=True, request_key=key())
    lines = {line.listing_id: line.pk for line in count.lines.all()}
    counted = {lines[mine.pk]: (Decimal(9), "少"), lines[other.pk]: (Decimal(3), "少")}
    enter_counts(count.no, actor=boss, counted=counted, request_key=key())

    for act in (lambda: book_count(count.no, actor=clerk, reason="x", request_key=key()),
                lambda: cancel_count(count.no, actor=clerk, request_key=key())):  # fmt: skip
        with refused("count_of_others", Denied):
            act()
    client.force_login(main_account(seller))
    assert StockCount.objects.get().state == "open"
    cancel_count(count.no, actor=boss, request_key=key())
    own = begin_count(actor=clerk, title="我的", everything=True, request_key=key())
    assert [line.listing_id for line in own.lines.all()] == [mine.pk]
    cancel_count(own.no, actor=clerk, request_key=key())
