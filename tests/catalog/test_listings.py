"""Only verified enterprises list; only reviewed goods are seen; reviewers decide on the version they read."""

import secrets

import pytest
from django.urls import reverse

from accounts.models import Enterprise, Membership
from accounts.queries import actor_for
from catalog.models import Listing, Revision
from catalog.queries import Search, category_counts, market_page, tradable_listings
from catalog.services import (
    approve_listing,
    create_listing,
    discard_draft,
    reject_listing,
    revise_listing,
    submit_listing,
    take_listing_down,
    withdraw_listing,
)
from catalog.states import LISTING
from kernel.models import Fact
from kernel.refusals import Denied, IllegalMove, KeyReused, NotFound, Refusal
from tests.catalog.refusing import refused
from tests.worlds import (
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    staff_actor,
    staff_user,
    sub_account,
    verified_enterprise,
)

pytestmark = pytest.mark.django_db


def draft(actor, **terms):
    return create_listing(listing_terms(**terms), actor=actor, category="PAP", request_key=secrets.token_urlsafe(12))


def facts(listing):
    return list(
        Fact.objects.filter(subject_type="catalog.listing", subject_id=str(listing.pk)).order_by("id").values_list("name", flat=True)
    )


@pytest.mark.spec("M44")
@pytest.mark.parametrize("state", ["submitted", "under_review", "frozen", "closed", "rejected"])
def test_only_a_verified_enterprise_lists(state):
    firm = verified_enterprise(state=state, rejection_reason="x")

    with pytest.raises(Refusal):
        draft(member_actor(firm))

    assert not Listing.objects.exists()


def test_a_sub_account_lists_only_with_its_box():
    firm = verified_enterprise()
    allowed, other = sub_account(firm, "manage_products"), sub_account(firm, "manage_stock", "trade")

    assert draft(member_actor(firm, allowed)).seller == firm
    with pytest.raises(Denied):
        draft(member_actor(firm, other))
    assert Listing.objects.count() == 1


@pytest.mark.spec("H52", thin=True)
@pytest.mark.parametrize("claim", ["国家级品质", "全国第一", "最佳选择", "信用保障商家", "World's Best paper"])
def test_banned_claims_are_named(claim):
    actor = member_actor(verified_enterprise())

    with pytest.raises(Refusal) as refusal:
        draft(actor, description_zh=claim)

    assert refusal.value.code == "claims_banned"
    assert refusal.value.params["words"][0] in claim.lower()
    assert not Listing.objects.exists()


def test_ordinary_words_are_no_claims():
    draft(member_actor(verified_enterprise()), description_zh="第一批次现货，质量稳定，最小起订十吨，好纸。")

    assert Listing.objects.count() == 1


@pytest.mark.spec("H52", thin=True)
def test_an_incomplete_listing_is_not_reviewed():
    actor = member_actor(verified_enterprise())
    listing = draft(actor, spec=[], place=" ")

    with pytest.raises(Refusal) as refusal:
        submit_listing(listing.no, actor=actor, request_key=key())

    assert refusal.value.code == "listing_incomplete"
    listing.refresh_from_db()
    assert listing.state == "draft"
    assert facts(listing) == ["catalog.listing_created"]


@pytest.mark.spec("H53", thin=True)
def test_what_is_not_reviewed_is_nowhere_to_be_seen(client):
    seller, stranger = verified_enterprise(), verified_enterprise()
    actor = member_actor(seller)
    listing = draft(actor)
    submit_listing(listing.no, actor=actor, request_key=key())
    urls = [reverse("catalog:offer", args=[listing.no])]

    for user in (None, main_account(stranger)):
        if user:
            client.force_login(user)
        assert [client.get(url).status_code for url in urls] == [404]
        for url in ("/", "/market/?q=双胶纸", "/market/c/paper/", f"/firm/{seller.handle}/"):
            page = client.get(url)
            assert page.status_code == 200
            assert listing.title_zh.encode() not in page.content
    assert category_counts()["PAP"] == 0
    assert market_page(Search(q="双胶纸")).total == 0

    client.force_login(main_account(seller))
    assert client.get(urls[0]).status_code == 200


def test_an_approved_listing_is_found_and_its_facts_are_told():
    seller = verified_enterprise()
    listing = live_listing(seller)

    assert [row.no for row in market_page(Search(q="双胶纸")).page.rows] == [listing.no]
    assert [row.no for row in tradable_listings(seller.pk)] == [listing.no]
    assert facts(listing) == ["catalog.listing_created", "catalog.listing_submitted", "catalog.listing_approved"]


def test_a_frozen_sellers_goods_are_not_shown():
    seller = verified_enterprise()
    listing = live_listing(seller)

    Enterprise.objects.filter(pk=seller.pk).update(state="frozen")

    assert market_page(Search()).total == 0
    with pytest.raises(NotFound):
        withdraw_listing(listing.no, actor=member_actor(verified_enterprise()), request_key=key())


@pytest.mark.spec("H52", thin=True)
def test_a_reviewer_sends_back_with_a_reason_and_never_judges_the_own_firm():
    seller = verified_enterprise()
    actor = member_actor(seller)
    listing = draft(actor)
    submit_listing(listing.no, actor=actor, request_key=key())
    reviewer = staff_actor("catalog.review_listing")

    with refused("reason_missing"):
        reject_listing(listing.no, actor=reviewer, version=1, reason="  ", request_key=key())
    with pytest.raises(Denied):
        approve_listing(listing.no, actor=staff_actor(), version=1, request_key=key())
    with pytest.raises(Denied):
        approve_listing(listing.no, actor=actor, version=1, request_key=key())
    insider = staff_user("catalog.review_listing")
    seller.memberships.create(user=insider, created_at=seller.created_at)
    with refused("own_enterprise", Denied):
        approve_listing(listing.no, actor=member_actor(seller, insider), version=1, request_key=key())
    rejected = reject_listing(listing.no, actor=reviewer, version=1, reason="规格与标题不符", request_key=key())

    assert (rejected.state, rejected.rejection_reason) == ("rejected", "规格与标题不符")
    assert facts(listing)[-1] == "catalog.listing_rejected"
    assert submit_listing(listing.no, actor=actor, request_key=key()).state == "in_review"


def test_every_move_is_legal_or_refused():
    """Exhaustive: each (state, move) pair does what the table says."""
    seller, reviewer = verified_enterprise(), staff_actor("catalog.review_listing")
    actor = member_actor(seller)
    listing = draft(actor)
    acts = {
        "submit": lambda: submit_listing(listing.no, actor=actor, request_key=key()),
        "approve": lambda: approve_listing(listing.no, actor=reviewer, version=1, request_key=key()),
        "reject": lambda: reject_listing(listing.no, actor=reviewer, version=1, reason="x", request_key=key()),
        "withdraw": lambda: withdraw_listing(listing.no, actor=actor, request_key=key()),
        "take_down": lambda: take_listing_down(listing.no, actor=reviewer, reason="x", request_key=key()),
        "discard": lambda: discard_draft(listing.no, actor=actor, request_key=key()),
    }
    for state in LISTING.states:
        for name, act in acts.items():
            Revision.objects.all().delete()
            published = (
                None if state in ("draft", "discarded") or (name in ("submit", "discard") and state != "live") else listing.created_at
            )
            Listing.objects.filter(pk=listing.pk).update(
                state=state, submitted_at=listing.created_at, published_at=published, rejection_reason="x", takedown_reason="x",
                waiting=state == "in_review",
            )  # fmt: skip
            if name in LISTING.allowed(state):
                assert act().state == LISTING.target(state, name)
            else:
                with pytest.raises(Refusal) as refusal:
                    act()
                known = {("submit", "nothing_to_review"), ("discard", "was_published")}
                gone = state == "discarded" and isinstance(refusal.value, NotFound)
                assert gone or isinstance(refusal.value, IllegalMove) or (name, refusal.value.code) in known
                listing.refresh_from_db()
                assert listing.state == state


def test_the_same_form_sent_twice_makes_one_listing():
    actor = member_actor(verified_enterprise())
    first = create_listing(listing_terms(), actor=actor, category="PAP", request_key="same-key-1")

    assert create_listing(listing_terms(), actor=actor, category="PAP", request_key="same-key-1") == first
    with pytest.raises(KeyReused):
        create_listing(listing_terms(moq=11), actor=actor, category="PAP", request_key="same-key-1")
    assert Listing.objects.count() == 1
    assert Fact.objects.filter(name="catalog.listing_created").count() == 1


def test_a_foreign_listing_cannot_be_touched(client):
    listing = live_listing(verified_enterprise())
    client.force_login(main_account(verified_enterprise()))

    for name in ("listing_edit", "stock_of"):
        assert client.get(reverse(f"catalog:{name}", args=[listing.no])).status_code == 404
    for name in ("listing_submit", "listing_withdraw"):
        assert client.post(reverse(f"catalog:{name}", args=[listing.no]), {"request_key": key()}).status_code == 404
    listing.refresh_from_db()
    assert (listing.state, listing.version) == ("live", 1)


def test_p40_a_fact_keeps_no_free_text_of_a_change():
    seller = verified_enterprise()
    listing = live_listing(seller)

    terms = listing_terms(description_zh="由王小明验货，纯木浆，卷筒。", moq=20)
    revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key="revise-key-2")

    assert Fact.objects.get(name="catalog.listing_changed").changes == {"moq": ["10.000", "20"]}
    assert Fact.objects.get(name="catalog.revision_drafted").changes == {"description_zh": ["*", "*"]}


@pytest.mark.parametrize("number", ["abc", "0", "-1", "１２", "9" * 30, "1_0"])
def test_p38_a_listing_number_that_is_none_is_not_found_at_the_desk(client, number):
    client.force_login(staff_user("catalog.review_listing", "catalog.view_listing"))

    assert client.get(f"/admin/catalog/listing/{number}/change/").status_code == 404


def test_who_once_belonged_to_the_seller_does_not_review_its_goods():
    seller, reviewer = verified_enterprise(), staff_user("catalog.review_listing")
    Membership.objects.create(user=reviewer, enterprise=seller, created_at=seller.created_at, ended_at=seller.created_at)
    listing = draft(member_actor(seller))
    submit_listing(listing.no, actor=member_actor(seller), request_key=key())

    with refused("own_enterprise", Denied):
        approve_listing(listing.no, actor=actor_for(reviewer), version=1, request_key=key())
    listing.refresh_from_db()
    assert listing.state == "in_review"
