"""A new offer finds the requests and saved searches that it fits, and their owners hear of it once (B12)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Enterprise, Membership
from accounts.queries import actor_for
from catalog import fits, needs, services
from catalog.models import Alert, SavedSearch, SearchToken
from catalog.services import (
    approve_listing,
    change_search,
    close_want,
    end_search,
    follow_firm,
    match_listing,
    post_want,
    revise_listing,
    save_search,
    sweep_catalog,
    withdraw_listing,
)
from catalog.services.checks import terms_of as rules_of
from kernel.clock import now, telling
from kernel.models import Delivery, Fact
from kernel.money import Money
from kernel.refusals import NotFound, Refusal
from kernel.services import deliver_due, sweep_deadlines
from kernel.timer import TIMER
from messaging.models import Notice
from tests.races import race
from tests.worlds import key, live_listing, main_account, member_actor, person, staff_actor, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("B12")]


def want(firm, title="求购双胶纸", *, category="PAP", actor=None, **more):
    return post_want(
        actor=actor or member_actor(firm), category=category, title=title, quantity=20, unit="t", can_give="", request_key=key(),
        more=needs.Needs(**more),
    )  # fmt: skip


def saved(user, q="双胶纸", *, actor=None, weekly=False, by_mail=True, categories=("PAP",), **filters):
    return save_search(
        "我的搜索", actor=actor or actor_for(user), q=q, categories=categories, filters=filters, query="", weekly=weekly, by_mail=by_mail,
        request_key=key(),
    )  # fmt: skip


def told(user) -> list[str]:
    return [n.text for n in Notice.objects.filter(recipient=user).order_by("pk") if "offer" in n.msgid]


def test_a_fitting_new_listing_notifies_the_owner_of_a_request_once_though_it_is_delivered_again():
    buyer, seller = verified_enterprise(), verified_enterprise()
    wanted = want(buyer)
    listing = live_listing(seller)
    deliver_due()
    assert len(told(main_account(buyer))) == 1

    Delivery.objects.filter(fact__name="catalog.listing_approved").update(done_at=None)
    deliver_due()
    match_listing(listing.pk, fact=Fact.objects.filter(name="catalog.listing_approved").last(), url="/x/")

    assert len(told(main_account(buyer))) == 1
    assert Alert.objects.get().search == wanted.search
    assert not told(main_account(seller))


def test_a_listing_that_comes_back_from_a_revision_is_not_told_a_second_time():
    from catalog.services import approve_listing, revise_listing
    from tests.worlds import listing_terms

    buyer, seller = verified_enterprise(), verified_enterprise()
    want(buyer)
    listing = live_listing(seller)
    deliver_due()
    changed = revise_listing(
        listing.no, actor=member_actor(seller), terms=listing_terms(place="广州", title_zh="改过的货"), category="PAP", request_key=key()
    )  # fmt: skip
    approve_listing(listing.no, actor=staff_actor("catalog.review_listing"), version=changed.latest_version, request_key=key())
    deliver_due()

    assert len(told(main_account(buyer))) == 1


def test_the_request_that_approves_a_listing_compares_nothing(monkeypatch):
    seller, buyer = verified_enterprise(), verified_enterprise()
    want(buyer)
    called = []
    monkeypatch.setattr(services, "match_listing", lambda *a, **k: called.append(a))

    live_listing(seller)
    assert called == []
    deliver_due()
    assert called


@pytest.mark.parametrize(
    "why", ["own goods", "frozen owner", "closed request", "paused", "removed", "other category", "other words", "too dear",
     "withdrawn", "seller frozen"]
)  # fmt: skip
def test_who_is_not_concerned_hears_nothing(why):
    seller, buyer = verified_enterprise(), verified_enterprise()
    reader = person()
    search = saved(reader)
    if why == "own goods":
        want(seller)
        SavedSearch.objects.filter(pk=search.pk).update(ended_at=now())
        SearchToken.objects.filter(search=search).delete()
        reader = main_account(seller)
    elif why in ("frozen owner", "closed request"):
        wanted = want(buyer)
        end_search(search.pk, actor=actor_for(reader), request_key=key())
        reader = main_account(buyer)
        if why == "frozen owner":
            Enterprise.objects.filter(pk=buyer.pk).update(state="frozen")
        else:
            close_want(wanted.no, actor=member_actor(buyer), request_key=key())
    elif why == "paused":
        change_search(search.pk, actor=actor_for(reader), paused=True, weekly=False, by_mail=True, request_key=key())
    elif why == "removed":
        end_search(search.pk, actor=actor_for(reader), request_key=key())
    elif why in ("other category", "other words", "too dear"):
        end_search(search.pk, actor=actor_for(reader), request_key=key())
        how = {"other category": {"categories": ("MAC",)}, "other words": {"q": "叉车"}, "too dear": {"currency": "CNY", "price_max": 100}}
        saved(reader, **how[why])
    listing = live_listing(seller)
    if why == "withdrawn":
        withdraw_listing(listing.no, actor=member_actor(seller), request_key=key())
    elif why == "seller frozen":
        Enterprise.objects.filter(pk=seller.pk).update(state="frozen")

    deliver_due()

    assert told(reader) == []


def test_a_seller_who_searches_as_a_person_is_not_told_of_the_own_goods():
    seller = verified_enterprise()
    insider = person()
    saved(insider)
    Membership.objects.create(user=insider, enterprise=seller, created_at=now())

    live_listing(seller)
    deliver_due()

    assert told(insider) == []


def test_mail_goes_out_only_to_those_who_chose_it():
    seller = verified_enterprise()
    quiet, loud = person(), person()
    saved(quiet, by_mail=False)
    saved(loud)

    live_listing(seller)
    deliver_due()

    assert len(told(quiet)) == len(told(loud)) == 1
    assert [m.to for m in mail.outbox if quiet.email in m.to] == []
    assert [m.to for m in mail.outbox if loud.email in m.to]


def test_a_weekly_search_sums_up_and_starts_anew_with_the_next_offer():
    seller, reader = verified_enterprise(), person()
    search = saved(reader, weekly=True)
    live_listing(seller)
    live_listing(seller)
    deliver_due()
    assert told(reader) == []

    with telling(now() + timedelta(days=8)):
        sweep_deadlines()
        deliver_due()
        assert len(told(reader)) == 1 and "2" in told(reader)[0]
        sweep_deadlines()
        deliver_due()
        assert len(told(reader)) == 1
        live_listing(seller)
        deliver_due()
    with telling(now() + timedelta(days=16)):
        sweep_deadlines()
        deliver_due()
    assert len(told(reader)) == 2
    assert not Alert.objects.filter(search=search, told_at=None).exists()


def test_followers_of_a_firm_hear_of_its_new_goods_whatever_they_are():
    seller, other, reader = verified_enterprise(), verified_enterprise(), person()
    follow_firm(seller.handle, actor=actor_for(reader), request_key=key())
    follow_firm(seller.handle, actor=actor_for(reader), request_key=key())
    live_listing(other)
    live_listing(seller, category="MAC", title_zh="叉车", title_en="Forklift")
    deliver_due()

    assert len(told(reader)) == 1
    assert SavedSearch.objects.filter(kind="firm", ended_at=None).count() == 1
    with pytest.raises(Refusal):
        follow_firm(seller.handle, actor=member_actor(seller), request_key=key())


def test_an_offer_that_fits_many_is_worked_in_batches(monkeypatch):
    monkeypatch.setattr("catalog.services.alerts.BATCH", 3)
    seller = verified_enterprise()
    readers = [person() for _n in range(8)]
    for reader in readers:
        saved(reader)

    live_listing(seller)
    deliver_due()

    assert [len(told(reader)) for reader in readers] == [1] * 8
    assert Fact.objects.filter(name="catalog.matching_went_on").count() == 2


def test_the_inverted_index_is_read_by_its_index_and_not_the_whole_of_it():
    seller = verified_enterprise()
    reader = person()
    for n in range(40):
        saved(reader, q=f"货物{n:03d}")
    listing = live_listing(seller)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as queries:
            match_listing(listing.pk, fact=Fact.objects.filter(name="catalog.listing_approved").last(), url="/x/")
        statement = next(q["sql"] for q in queries if "catalog_searchtoken" in q["sql"])
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "search_token_once" in plan
    assert len(queries) < 12


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_tell_once():
    seller, reader = verified_enterprise(), person()
    saved(reader)
    listing = live_listing(seller)
    fact = Fact.objects.filter(name="catalog.listing_approved").last()

    counts = race([lambda: match_listing(listing.pk, fact=fact, url="/x/") for _n in range(6)])

    assert sorted(counts) == [0, 0, 0, 0, 0, 1]
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_canary_a_look_before_the_write_would_count_more_than_once(monkeypatch):
    from catalog.services import alerts

    def careless(listing, pks):
        import time

        there = set(Alert.objects.filter(listing=listing, search__in=pks).values_list("search_id", flat=True))
        time.sleep(0.2)
        Alert.objects.bulk_create([Alert(listing=listing, search_id=pk, at=now()) for pk in pks if pk not in there], ignore_conflicts=True)
        return set(pks) - there

    monkeypatch.setattr(alerts, "_keep", careless)
    seller, reader = verified_enterprise(), person()
    saved(reader)
    listing = live_listing(seller)
    fact = Fact.objects.filter(name="catalog.listing_approved").last()

    counts = race([lambda: match_listing(listing.pk, fact=fact, url="/x/") for _n in range(4)])

    assert sum(n for n in counts if isinstance(n, int)) > 1


def test_saved_searches_are_nobody_elses():
    search = saved(person())
    for actor in (actor_for(person()), member_actor(verified_enterprise())):
        with pytest.raises(NotFound):
            end_search(search.pk, actor=actor, request_key=key())


def test_a_person_keeps_at_most_fifty_searches(monkeypatch):
    monkeypatch.setattr(needs, "SAVED_OF_PERSON", 2)
    reader = person()
    saved(reader)
    saved(reader)
    with pytest.raises(Refusal) as refused:
        saved(reader)
    assert refused.value.code == "too_many_searches"


# ---------- the rules of fitting ----------


@pytest.mark.parametrize(
    "asked,texts,fits_it",
    [
        ("求购木浆", ["漂白针叶木浆 一级"], True), ("求购二手叉车", ["叉车 二手 3 吨"], True), ("求购铝锭", ["铝型材 6063"], False),
        ("Wanted: kraft papers", ["Kraft paper 150 gsm"], True), ("纸", ["牛皮纸"], True), ("looking for batteries", ["Battery 60V"], True),
    ],
)  # fmt: skip
def test_most_words_of_a_request_are_enough(asked, texts, fits_it):
    tokens, need = fits.asked_by_want(asked)
    words = set(fits.answered_by(texts, seller_id=1))
    assert (sum(token in words for token in tokens) >= need) is fits_it


def test_of_a_request_what_is_not_said_is_no_obstacle():
    offer = {"currency": "CNY", "price": 500, "unit": "t", "spec": {"克重": "70 g"}}
    assert fits.passes({}, offer)
    assert fits.passes({"currency": "USD", "unit": "t", "quantity": "20", "value_max": 1}, offer)
    assert fits.passes({"currency": "CNY", "unit": "t", "quantity": "20", "value_max": 10_000}, offer)
    assert not fits.passes({"currency": "CNY", "unit": "t", "quantity": "20", "value_max": 9_999}, offer)
    assert fits.passes({"attributes": {"克重": "70", "白度": "92"}}, offer)
    assert not fits.passes({"attributes": {"克重": "80 g"}}, offer)


def test_goods_that_come_back_are_told_to_who_was_not_told_and_a_longer_stay_is_no_news():
    from catalog.services import renew_listing

    seller, early, late = verified_enterprise(), person(), person()
    saved(early)
    listing = live_listing(seller)
    deliver_due()
    saved(late)
    renew_listing(listing.no, actor=member_actor(seller), request_key=key())
    deliver_due()
    assert (len(told(early)), len(told(late))) == (1, 0)

    withdraw_listing(listing.no, actor=member_actor(seller), request_key=key())
    renew_listing(listing.no, actor=member_actor(seller), request_key=key())
    deliver_due()

    assert (len(told(early)), len(told(late))) == (1, 1)


def test_reindexing_writes_the_tokens_of_running_searches_anew(capsys):
    from django.core.management import call_command

    reader = person()
    kept, ended = saved(reader), saved(reader, q="叉车")
    end_search(ended.pk, actor=actor_for(reader), request_key=key())
    SearchToken.objects.filter(search=kept).delete()

    call_command("reindex")

    assert "1 saved searches" in capsys.readouterr().out
    assert set(SearchToken.objects.values_list("search_id", "token")) == {(kept.pk, "双胶"), (kept.pk, "胶纸")}


def test_a_lower_price_of_goods_on_sale_is_told_once_to_those_whom_the_old_one_kept_away():
    seller, poor, rich, buyer = verified_enterprise(), person(), person(), verified_enterprise()
    listing = live_listing(seller, price=Money(300_000, "CNY"))
    deliver_due()
    saved(poor, currency="CNY", price_max=250_000)
    saved(rich, currency="CNY", price_max=400_000)  # has fitted all the time: no news
    want(buyer, value_max=Money(5_000_000, "CNY"))  # twenty tons
    for price in (290_000, 240_000, 280_000, 230_000):
        terms = replace(rules_of(listing), price=Money(price, "CNY"))
        revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key=key())
        deliver_due()

    assert (len(told(poor)), len(told(rich)), len(told(main_account(buyer)))) == (1, 0, 1)


def test_what_an_ended_search_found_goes_after_its_days_and_the_search_with_it():
    seller, user, buyer = verified_enterprise(), person(), verified_enterprise()
    search, wanted, kept = saved(user), want(buyer), saved(person())
    live_listing(seller)
    deliver_due()
    end_search(search.pk, actor=actor_for(user), request_key=key())
    close_want(wanted.no, actor=member_actor(buyer), request_key=key())
    assert sweep_catalog(actor=TIMER)["saved_searches"] == 0

    with telling(now() + needs.ENDED_KEPT + timedelta(minutes=1)):
        removed = sweep_catalog(actor=TIMER)

    assert (removed["alerts"], removed["saved_searches"]) == (2, 1)
    assert set(SavedSearch.objects.values_list("pk", flat=True)) == {kept.pk, wanted.search.pk} and Alert.objects.get().search == kept


@pytest.mark.spec("B12")
def test_an_approved_change_of_goods_on_sale_is_told_once_to_those_whom_the_earlier_words_did_not_fit():
    news, old, other = person(), person(), person()
    seller, buyer, known = verified_enterprise(), verified_enterprise(), verified_enterprise()
    listing, reviewer = live_listing(seller), staff_actor("catalog.review_listing")
    deliver_due()
    saved(news, q="牛卡纸")
    saved(old, q="双胶纸")  # fits before and after: no news
    saved(other, q="叉车")
    want(buyer, title="求购牛卡纸")
    want(known, title="求购双胶纸")
    for title in ("双胶纸、牛卡纸", "牛卡纸和双胶纸", "双胶纸", "双胶纸、牛卡纸"):
        terms = replace(rules_of(listing), title_zh=title)
        changed = revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key=key())
        change = changed.revisions.get(state="in_review")
        approve_listing(listing.no, actor=reviewer, version=change.version, request_key=key())
        deliver_due()
        listing.refresh_from_db()

    assert (len(told(news)), len(told(old)), len(told(other))) == (1, 0, 0)
    assert (len(told(main_account(buyer))), len(told(main_account(known)))) == (1, 0)


@pytest.mark.spec("B12")
def test_a_change_that_moves_goods_into_a_place_that_was_asked_for_is_news():
    seller, here, there = verified_enterprise(), person(), person()
    listing, reviewer = live_listing(seller, place="上海"), staff_actor("catalog.review_listing")
    deliver_due()
    saved(here, places=["上海"])
    saved(there, places=["东莞"])
    terms = replace(rules_of(listing), place="东莞")
    changed = revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key=key())
    approve_listing(listing.no, actor=reviewer, version=changed.revisions.get(state="in_review").version, request_key=key())
    deliver_due()

    assert (len(told(here)), len(told(there))) == (0, 1)
