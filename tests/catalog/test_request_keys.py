"""The same form sent twice is one act with one answer; the same key with something else in it is refused (P6)."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import Category, Listing
from catalog.services import (
    add_category,
    approve_listing,
    change_category,
    close_want,
    create_listing,
    keep_media,
    post_want,
    reject_listing,
    revise_listing,
    submit_listing,
    withdraw_listing,
)
from kernel.models import Deadline, Document, Fact
from kernel.refusals import KeyReused, Refusal
from tests.worlds import key, listing_terms, live_listing, member_actor, staff_actor, verified_enterprise

pytestmark = pytest.mark.django_db
KEY = "once-and-again-0001"


def draft(actor, **more):
    return create_listing(listing_terms(), actor=actor, category="PAP", request_key=key(), **more)


def acts(name):
    """The act, the same with other inputs, and the fact it leaves."""
    seller = verified_enterprise()
    actor, reviewer = member_actor(seller), staff_actor("catalog.review_listing")
    if name == "close":
        a, b = (
            post_want(actor=actor, category="PAP", title=t, quantity=5, unit="t", can_give="", request_key=key()) for t in ("木浆", "煤")
        )
        return (lambda w: close_want(w, actor=actor, request_key=KEY)), a.no, b.no, "catalog.want_closed"
    if name == "withdraw":
        a, b = live_listing(seller, reviewer=reviewer), live_listing(seller, reviewer=reviewer)
        return (lambda no: withdraw_listing(no, actor=actor, request_key=KEY)), a.no, b.no, "catalog.listing_withdrawn"
    if name == "submit":
        return (lambda no: submit_listing(no, actor=actor, request_key=KEY)), draft(actor).no, draft(actor).no, "catalog.listing_submitted"
    waiting = draft(actor, hand_in=True)
    if name == "approve":
        other = draft(actor, hand_in=True)
        return (
            (lambda no: approve_listing(no, actor=reviewer, version=1, request_key=KEY)),
            waiting.no,
            other.no,
            "catalog.listing_approved",
        )
    reject = lambda reason: reject_listing(waiting.no, actor=reviewer, version=1, reason=reason, request_key=KEY)  # noqa: E731
    return reject, "规格不符", "照片不清", "catalog.listing_rejected"


@pytest.mark.parametrize("name", ["submit", "withdraw", "approve", "reject", "close"])
def test_a_lost_answer_and_a_second_sending_is_the_same_act(name):
    act, same, other, fact = acts(name)
    before = Fact.objects.filter(name=fact).count()

    first, again = act(same), act(same)

    assert (first.pk, first.state) == (again.pk, again.state)
    with pytest.raises(KeyReused):
        act(other)
    assert Fact.objects.filter(name=fact).count() == before + 1


def picture(colour: str, name: str = "a.png") -> SimpleUploadedFile:
    body = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(body, "PNG")
    return SimpleUploadedFile(name, body.getvalue(), "image/png")


def shown(media, **more):
    return listing_terms(media=[{"key": media.key}], **more)


def test_another_picture_is_another_request():
    actor = member_actor(verified_enterprise())
    red, blue = (keep_media(picture(colour), kind="photo", actor=actor) for colour in ("red", "blue"))

    listing = create_listing(shown(red), actor=actor, category="PAP", request_key=KEY)

    assert create_listing(shown(red), actor=actor, category="PAP", request_key=KEY) == listing
    for other in (shown(blue), listing_terms()):
        with pytest.raises(KeyReused):
            create_listing(other, actor=actor, category="PAP", request_key=KEY)
    assert [item["key"] for item in Listing.objects.get().media] == [red.key]
    revise_listing(listing.no, actor=actor, terms=shown(blue), category="PAP", request_key=key())
    assert [item["key"] for item in Listing.objects.get().media] == [blue.key]
    assert Fact.objects.get(name="catalog.listing_changed").changes == {"media": ["*", "*"]}


def test_the_same_picture_is_kept_once_and_is_nobody_elses_to_use():
    seller = verified_enterprise()
    actor, other = member_actor(seller), member_actor(verified_enterprise())
    first, again = (keep_media(picture("red", name), kind="photo", actor=actor) for name in ("a.png", "b.png"))

    assert first == again and Document.objects.count() == 3  # its three sizes
    with pytest.raises(Refusal) as refused:
        create_listing(shown(first), actor=other, category="PAP", request_key=key())
    assert refused.value.code == "photo_unknown"
    assert not Listing.objects.exists()


CATEGORY = {"name_zh": "造纸印刷", "name_en": "Paper and printing", "hs": "47-49", "vat_percent": 13, "position": 3}


@pytest.mark.spec("M40")
def test_staff_change_a_category_once_and_a_fact_says_who():
    staff, paper = staff_actor("catalog.change_category"), Category.objects.get(code="PAP")

    for _twice in range(2):
        change_category(paper.pk, actor=staff, request_key=KEY, **CATEGORY)

    paper.refresh_from_db()
    fact = Fact.objects.get(name="catalog.category_changed")
    assert (paper.name_zh, paper.code, paper.slug) == ("造纸印刷", "PAP", "paper")
    assert (fact.actor_user_id, fact.actor_kind) == (staff.user_id, "staff")
    assert fact.changes == {
        "name_zh": ["造纸印刷包装", "造纸印刷"],
        "name_en": ["Paper, printing and packaging", "Paper and printing"],
    }
    with pytest.raises(KeyReused):
        change_category(paper.pk, actor=staff, request_key=KEY, **CATEGORY | {"position": 4})


def test_categories_need_their_permission_and_a_code_of_their_own():
    staff = staff_actor("catalog.change_category", "catalog.add_category")
    for actor in (staff_actor("catalog.view_category"), member_actor(verified_enterprise())):
        with pytest.raises(Refusal) as denied:
            add_category(actor=actor, code="NEW", slug="new", request_key=key(), **CATEGORY)
        assert denied.value.code == "staff_permission_missing"
        with pytest.raises(Refusal):
            change_category(1, actor=actor, request_key=key(), **CATEGORY)
    with pytest.raises(Refusal) as taken:
        add_category(actor=staff, code="PAP", slug="other", request_key=key(), **CATEGORY)
    assert taken.value.code == "category_taken"
    assert not Category.objects.filter(code="NEW").exists() and not Fact.objects.filter(name__startswith="catalog.category").exists()

    for _twice in range(2):
        add_category(actor=staff, code="NEW", slug="new", request_key=KEY, **CATEGORY)

    assert Category.objects.filter(code="NEW").count() == 1
    assert Fact.objects.filter(name="catalog.category_added").count() == 1


def test_a_review_has_a_clock_that_ends_with_it():
    actor, reviewer = member_actor(verified_enterprise()), staff_actor("catalog.review_listing")
    kept, taken_back = draft(actor, hand_in=True), draft(actor, hand_in=True)

    def clock(listing):
        return Deadline.objects.filter(policy="catalog.review", subject_id=str(listing.pk)).order_by("-pk").first()

    assert clock(kept).open
    approve_listing(kept.no, actor=reviewer, version=1, request_key=key())
    withdraw_listing(taken_back.no, actor=actor, request_key=key())

    assert clock(kept).met_at and not clock(kept).cancelled_at
    assert clock(taken_back).cancelled_at and not clock(taken_back).met_at
    revise_listing(kept.no, actor=actor, terms=listing_terms(place="东莞"), category="PAP", request_key=key())
    assert clock(kept).open
