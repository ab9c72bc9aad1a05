"""An approved listing changes by versions: numbers at once, texts after a review, the old one stays on sale until then (H53)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from catalog.audits import reviewed
from catalog.models import Listing, Revision
from catalog.queries import Search, market_page, what_changed
from catalog.services import (
    approve_batch,
    approve_listing,
    create_listing,
    drop_change,
    keep_media,
    reject_listing,
    renew_listing,
    revise_listing,
    submit_listing,
    take_listing_down,
    withdraw_listing,
)
from catalog.services.checks import terms_of
from kernel import clock
from kernel.models import Deadline, Fact
from kernel.money import Money
from kernel.refusals import Denied, IllegalMove, Refusal
from kernel.services import deliver_due, sweep_deadlines
from messaging.models import Notice
from tests.catalog.refusing import refused
from tests.races import race
from tests.worlds import (
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    staff_actor,
    staff_user,
    upload,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db
NEW = {"title_zh": "米黄双胶纸 80g", "title_en": "Cream offset 80 gsm"}


@pytest.fixture
def shop():
    seller = verified_enterprise()
    return seller, member_actor(seller), live_listing(seller), staff_actor("catalog.review_listing")


def revise(listing, actor, *, category="PAP", hand_in=None, **terms):
    terms = listing_terms(**terms)
    return revise_listing(listing.no, actor=actor, terms=terms, category=category, request_key=key(), hand_in=hand_in)


def approve(listing, reviewer):
    return approve_listing(listing.no, actor=reviewer, version=listing.latest_version, request_key=key())


@pytest.mark.spec("H53")
def test_an_edited_listing_returns_to_review_while_the_approved_one_stays_on_sale(shop, client):
    _seller, actor, listing, reviewer = shop

    changed = revise(listing, actor, **NEW)

    assert (changed.state, changed.version, changed.latest_version, changed.waiting) == ("live", 1, 2, True)
    assert market_page(Search(q="米黄")).total == 0 and market_page(Search(q="本白")).total == 1
    assert "米黄" not in client.get(reverse("catalog:offer", args=[listing.no])).text
    with refused("changed_meanwhile"):
        approve_listing(listing.no, actor=reviewer, version=1, request_key=key())
    done = approve(changed, reviewer)
    assert (done.state, done.version, done.title_zh, done.waiting) == ("live", 2, NEW["title_zh"], False)
    assert market_page(Search(q="米黄")).total == 1 and market_page(Search(q="本白")).total == 0
    assert not Deadline.objects.filter(policy="catalog.review", met_at=None).exists()


@pytest.mark.spec("H53")
def test_a_refused_change_keeps_the_old_version_and_its_seller_reads_why(shop, client):
    seller, actor, listing, reviewer = shop
    changed = revise(listing, actor, **NEW)
    with refused("reason_missing"):
        reject_listing(listing.no, actor=reviewer, version=changed.latest_version, request_key=key())

    reject_listing(
        listing.no, actor=reviewer, version=changed.latest_version, codes=["spec"], fields={"title_zh": "标题与规格不符"}, request_key=key()
    )  # fmt: skip

    listing.refresh_from_db()
    assert (listing.state, listing.version, listing.waiting) == ("live", 1, False)
    client.force_login(main_account(seller))
    page = client.get(reverse("catalog:listing_edit", args=[listing.no])).text
    assert "标题与规格不符" in page and NEW["title_zh"] in page and "规格与标题或图片不符" in page
    assert market_page(Search(q="本白")).total == 1
    again = submit_listing(listing.no, actor=actor, request_key=key())
    assert again.waiting and approve(again, reviewer).title_zh == NEW["title_zh"]


def test_prices_and_quantities_hold_at_once_as_a_version_that_proposals_can_see(shop):
    _seller, actor, listing, _reviewer = shop

    changed = revise(listing, actor, price=Money(560_000, "CNY"), tiers=[{"from": "50", "price": 530_000}], moq=20)

    assert (changed.price_minor, changed.version, changed.waiting) == (560_000, 2, False)
    assert [row.version for row in Revision.objects.filter(state="applied").order_by("version")] == [1, 2]
    assert any("5,480.00" in line and "5,600.00" in line for line in what_changed(changed, 1))


def test_numbers_hold_at_once_and_the_rest_of_one_form_waits(shop):
    _seller, actor, listing, reviewer = shop

    changed = revise(listing, actor, price=Money(500_000, "CNY"), **NEW)

    assert (changed.price_minor, changed.title_zh, changed.version) == (500_000, listing.title_zh, 2)
    done = approve(changed, reviewer)
    assert (done.price_minor, done.title_zh, done.version) == (500_000, NEW["title_zh"], 3)


def test_a_drafted_change_is_nobodys_to_review_and_can_be_given_up(shop):
    _seller, actor, listing, reviewer = shop
    changed = revise(listing, actor, hand_in=False, price=Money(1, "CNY"), **NEW)

    assert (changed.price_minor, changed.waiting) == (listing.price_minor, False)
    with pytest.raises(IllegalMove):
        approve(changed, reviewer)
    drop_change(listing.no, actor=actor, request_key=key())
    assert Revision.objects.get(state="dropped") and not Deadline.objects.filter(policy="catalog.review", met_at=None).exists()
    with refused("nothing_proposed"):
        drop_change(listing.no, actor=actor, request_key=key())


def test_withdrawing_takes_the_waiting_change_out_of_the_queue_and_renewing_needs_no_review(shop):
    _seller, actor, listing, reviewer = shop
    changed = revise(listing, actor, **NEW)

    withdrawn = withdraw_listing(listing.no, actor=actor, request_key=key())

    assert (withdrawn.state, withdrawn.waiting) == ("withdrawn", False)
    with pytest.raises(IllegalMove):
        approve(changed, reviewer)
    assert renew_listing(listing.no, actor=actor, request_key=key()).state == "live"
    assert Listing.objects.get().title_zh == listing.title_zh


def test_a_withdrawn_offers_page_never_shows_what_was_typed_since(shop, client):
    _seller, actor, listing, _reviewer = shop
    withdraw_listing(listing.no, actor=actor, request_key=key())
    revise(listing, actor, hand_in=True, **NEW)

    page = client.get(reverse("catalog:offer", args=[listing.no])).text

    assert listing.title_zh in page and "米黄" not in page


def test_an_offer_ends_after_its_time_is_announced_a_week_before_and_renewed_with_one_click(shop, client):
    seller, _actor, listing, _reviewer = shop
    assert listing.expires_at - clock.now() > timedelta(days=179)

    for policy, state, notices in (("catalog.expiry_reminder", "live", 1), ("catalog.expiry", "expired", 2)):
        past = clock.now() - timedelta(seconds=1)
        Deadline.objects.filter(policy=policy).update(started_at=past, due_at=past)
        Listing.objects.update(expires_at=past)
        sweep_deadlines()
        deliver_due()
        listing.refresh_from_db()
        said = Notice.objects.filter(recipient=main_account(seller), msgid__contains="one click")
        assert (listing.state, said.count()) == (state, notices)

    assert market_page(Search()).total == 0
    assert client.get(reverse("catalog:offer", args=[listing.no])).status_code == 410
    client.force_login(main_account(seller))
    assert client.post(reverse("catalog:listing_renew", args=[listing.no]), {"request_key": key()}).status_code == 302
    listing.refresh_from_db()
    assert listing.state == "live" and Deadline.objects.filter(policy="catalog.expiry", fired_at=None, cancelled_at=None).count() == 1


@pytest.mark.spec("H52")
def test_goods_taken_down_are_gone_for_all_and_come_back_only_through_a_review(shop, client):
    seller, actor, listing, reviewer = shop
    with refused("reason_missing"):
        take_listing_down(listing.no, actor=reviewer, reason=" ", request_key=key())

    take_listing_down(listing.no, actor=reviewer, reason="检验报告过期", request_key=key())
    deliver_due()

    url = reverse("catalog:offer", args=[listing.no])
    assert client.get(url).status_code == 404 and market_page(Search()).total == 0
    client.force_login(main_account(seller))
    assert "检验报告过期" in client.get(url).text
    assert Notice.objects.filter(recipient=main_account(seller), msgid__contains="taken off sale").exists()
    with pytest.raises(IllegalMove):
        renew_listing(listing.no, actor=actor, request_key=key())
    changed = revise(listing, actor, hand_in=True, **NEW)
    assert changed.state == "taken_down"
    done = approve(changed, reviewer)
    assert (done.state, done.takedown_reason) == ("live", "")


def test_nobody_takes_down_or_approves_goods_of_the_own_enterprise(shop):
    seller, actor, listing, _reviewer = shop
    insider = staff_user("catalog.review_listing")
    seller.memberships.create(user=insider, created_at=seller.created_at, ended_at=seller.created_at)
    mine = member_actor(seller, insider)
    revise(listing, actor, **NEW)

    for act in (
        lambda: take_listing_down(listing.no, actor=mine, reason="x", request_key=key()),
        lambda: approve_listing(listing.no, actor=mine, version=2, request_key=key()),
    ):
        with pytest.raises(Denied):
            act()


@pytest.mark.spec("H52")
def test_one_sellers_import_is_approved_together_at_the_versions_that_were_read(client):
    seller, other = verified_enterprise(), verified_enterprise()

    def imported(firm):
        terms, actor = listing_terms(), member_actor(firm)
        return create_listing(terms, actor=actor, category="PAP", request_key=key(), hand_in=True, batch="job-7")

    mine, foreign = [imported(seller) for _n in range(3)], imported(other)
    reviewer = staff_user("catalog.review_listing", "catalog.view_listing")
    client.force_login(reviewer)
    url = reverse("admin:catalog_listing_batch", args=[seller.pk, "job-7"])
    page = client.get(url).text
    assert all(row.no in page for row in mine) and foreign.no not in page

    with refused("other_batch"):
        approve_batch(
            "job-7", seller_id=seller.pk, versions={foreign.no: 1}, actor=staff_actor("catalog.review_listing"), request_key=key()
        )  # fmt: skip
    assert client.post(url, {"request_key": key(), "listing": [f"{row.no}:9" for row in mine]}).status_code == 422
    assert client.post(url, {"request_key": key(), "listing": [f"{row.no}:1" for row in mine[:2]]}).status_code == 302

    assert sorted(Listing.objects.order_by("pk").values_list("state", flat=True)) == ["in_review", "in_review", "live", "live"]
    assert client.get(reverse("admin:catalog_listing_batch", args=[seller.pk, "none"])).status_code == 404


@pytest.mark.spec("H53")
def test_p11_what_is_not_approved_is_reachable_by_nobody_through_any_address(shop, client):
    """A marker in every text and picture of drafts, waiting listings and waiting changes; guests and others find it nowhere."""
    seller, actor, listing, _reviewer = shop
    mark = "密雲記號"
    photo = keep_media(upload(text="secret"), kind="photo", actor=actor)
    said = {
        "title_zh": f"{mark}纸", "description_zh": f"{mark}木浆卷筒包装", "packaging_zh": mark, "origin": mark, "maker": mark,
        "wants": [mark], "media": [{"key": photo.key, "alt_zh": mark}],
    }  # fmt: skip
    revise(listing, actor, **said)
    for hand_in in (True, False):
        create_listing(listing_terms(**said), actor=actor, category="PAP-CUL", request_key=key(), hand_in=hand_in)
    numbers = list(Listing.objects.values_list("no", flat=True))
    paths = ["/", "/market/", f"/market/?q={mark}", "/market/?give=" + mark, "/market/c/paper-cul/", f"/firm/{seller.handle}/", "/wanted/"]
    paths += [reverse("catalog:offer", args=[no]) for no in numbers]
    pictures = [reverse("catalog:media", args=[photo.key, f"{size}.webp"]) for size in ("thumb", "medium", "large")]

    for user in (None, main_account(verified_enterprise()), staff_user("catalog.view_want")):
        if user:
            client.force_login(user)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code in (200, 404)
            assert f"{mark}纸" not in answer.text and (mark in path or mark not in answer.text), path  # words asked for are repeated
            assert photo.key not in answer.text
        assert {client.get(path).status_code for path in pictures} == {404}
        assert market_page(Search(q=mark)).total == 0
    client.force_login(main_account(seller))
    assert {client.get(path).status_code for path in pictures} == {200}
    assert mark in client.get(reverse("catalog:listing_edit", args=[listing.no])).text


def unlocked(rows, **found):
    """What `kernel.machines.lock` would be without its lock."""
    record = rows.get(**found)
    record._row_locked = True
    return record


def one_round(reviewer) -> str:
    """Approve, change, withdraw and reprice one listing at once; answer with what is wrong afterwards."""
    seller = verified_enterprise()
    actor, listing = member_actor(seller), live_listing(seller, reviewer=reviewer)
    revise(listing, actor, **NEW)
    acts = [
        lambda: approve_listing(listing.no, actor=reviewer, version=2, request_key=key()),
        lambda: revise(listing, actor, **NEW | {"place": "东莞"}),
        lambda: withdraw_listing(listing.no, actor=actor, request_key=key()),
        lambda: revise(listing, actor, price=Money(510_000, "CNY"), **NEW),
    ]
    told = race(acts)
    listing.refresh_from_db()
    approved = Revision.objects.filter(listing=listing, version=listing.version, state="applied").first()
    if approved is None or approved.said.columns() != terms_of(listing).columns():
        return "the columns hold what was never approved"
    withdrawn = Fact.objects.filter(name="catalog.listing_withdrawn", subject_id=str(listing.pk)).count()
    if withdrawn != (listing.state == "withdrawn") and not any(isinstance(answer, Exception) for answer in told):
        return f"withdrawn {withdrawn} times, {listing.state}"
    if listing.state == "live" and withdrawn:
        return "sold again after it was withdrawn"
    odd = [answer for answer in told if isinstance(answer, Exception) and not isinstance(answer, Refusal)]
    return str(odd or list(reviewed()) or "")


@pytest.mark.spec("H53")
@pytest.mark.django_db(transaction=True)
def test_p7_approve_revise_and_withdraw_at_once_leave_one_story():
    """Whatever comes first, the columns hold an approved version, what waits says so, and what is withdrawn stays withdrawn."""
    reviewer = staff_actor("catalog.review_listing")

    assert [one_round(reviewer) for _n in range(4)] == [""] * 4


@pytest.mark.django_db(transaction=True)
def test_p7_canary_without_the_row_lock_the_story_breaks(monkeypatch):
    import catalog.services.listings as listings
    import catalog.services.reviews as reviews

    monkeypatch.setattr(listings, "lock", unlocked)
    monkeypatch.setattr(reviews, "lock", unlocked)
    reviewer = staff_actor("catalog.review_listing")

    assert any(one_round(reviewer) for _n in range(12))
