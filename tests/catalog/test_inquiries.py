"""Asking a seller before there is an order: one conversation about a thing, between two enterprises, fenced and limited (H56, C06)."""

import pytest
from django.urls import reverse

from accounts.models import Enterprise
from catalog.models import Inquiry
from catalog.queries import inquiries_page, inquiry_for
from catalog.services import answer_inquiry, ask, post_want, withdraw_listing
from kernel.models import Fact
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import deliver_due
from messaging.models import Message, Notice
from tests.races import race
from tests.worlds import key, live_listing, main_account, member_actor, person, png, sub_account, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("C06", "H56", thin=True)]


def asked(buyer, listing, body="含税吗？"):
    return ask(actor=member_actor(buyer), listing_no=listing.no, body=body, request_key=key())


def test_a_question_and_its_answer_go_both_ways_and_each_side_is_told(client):
    seller, buyer = verified_enterprise("卖方甲"), verified_enterprise("买方乙")
    listing = live_listing(seller)
    client.force_login(main_account(buyer))
    assert client.get(f"/goods/{listing.no}/ask/").status_code == 200
    from django.core.files.uploadedfile import SimpleUploadedFile

    photo = SimpleUploadedFile("样品.png", png("样品"), "image/png")
    sent = client.post(f"/goods/{listing.no}/ask/", {"body": "含税吗？", "files": [photo], "request_key": key()})
    inquiry = Inquiry.objects.get()
    assert sent.status_code == 302 and sent["Location"] == f"/me/inquiries/{inquiry.no}/"
    deliver_due()
    assert Notice.objects.filter(recipient=main_account(seller), url=sent["Location"]).count() == 1

    client.force_login(main_account(seller))
    page = client.get(sent["Location"]).text
    assert "含税吗？" in page and "买方乙" in page and "样品" in page
    assert client.post(sent["Location"], {"body": "含税，可开专票。", "request_key": key()}).status_code == 302
    deliver_due()
    assert Notice.objects.filter(recipient=main_account(buyer), url=sent["Location"]).count() == 1
    client.force_login(main_account(buyer))
    assert "可开专票" in client.get(sent["Location"]).text
    assert sent["Location"] in client.get(f"/goods/{listing.no}/").text
    assert inquiry.no in client.get("/me/inquiries/?side=made").text
    assert inquiry.no not in client.get("/me/inquiries/?side=received").text


def test_a_second_question_about_the_same_goods_goes_on_in_the_same_conversation():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    assert asked(buyer, listing).pk == asked(buyer, listing, "多久发货？").pk
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_ask_at_once_begin_one_conversation():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    race([lambda n=n: asked(buyer, listing, f"问题 {n}") for n in range(5)])
    assert Inquiry.objects.count() == 1 and Message.objects.count() == 5


def test_a_foreign_conversation_does_not_exist(client):
    seller, buyer, stranger = verified_enterprise(), verified_enterprise(), verified_enterprise()
    inquiry = asked(buyer, live_listing(seller))
    for actor in (member_actor(stranger),):
        with pytest.raises(NotFound):
            inquiry_for(actor, inquiry.no)
        with pytest.raises(NotFound):
            answer_inquiry(inquiry.no, actor=actor, body="x", request_key=key())
        assert inquiries_page(actor).rows == []
    client.force_login(main_account(stranger))
    assert client.get(f"/me/inquiries/{inquiry.no}/").status_code == 404
    with pytest.raises(Denied):
        inquiry_for(member_actor(buyer, sub_account(buyer, "ship")), inquiry.no)


def test_p12_nobody_writes_into_a_foreign_conversation_whatever_page_they_come_by():
    seller, buyer = verified_enterprise(), verified_enterprise()
    inquiry = asked(buyer, live_listing(seller))
    with pytest.raises(NotFound):
        answer_inquiry(inquiry.no, actor=member_actor(verified_enterprise()), body="我来答", request_key=key())
    assert Fact.objects.filter(name="catalog.inquiry_answered").count() == 0


def test_a_narrowed_sub_account_sees_inquiries_about_granted_goods_only():
    from accounts.models import Membership
    from catalog.services import grant_listing

    seller, buyer = verified_enterprise(), verified_enterprise()
    mine, other = live_listing(seller), live_listing(seller)
    first, second = asked(buyer, mine), asked(buyer, other)
    user = sub_account(seller, "messages")
    place = Membership.objects.get(user=user)
    place.only_granted_listings = True
    place.save()
    grant_listing(mine.no, people=[place.pk], actor=member_actor(seller), request_key=key())
    actor = member_actor(seller, user)

    assert inquiry_for(actor, first.no)
    with pytest.raises(NotFound):
        inquiry_for(actor, second.no)
    deliver_due()
    assert Notice.objects.filter(recipient=user).count() == 1


def test_who_cannot_be_asked_and_who_cannot_ask():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    with pytest.raises(Refusal) as own:
        asked(seller, listing)
    assert own.value.code == "own_enterprise"
    with pytest.raises(Denied):
        from accounts.queries import actor_for

        ask(actor=actor_for(person()), listing_no=listing.no, body="x", request_key=key())
    with pytest.raises(Refusal):
        asked(verified_enterprise(state="submitted", verified_at=None), listing)
    withdraw_listing(listing.no, actor=member_actor(seller), request_key=key())
    with pytest.raises(NotFound):
        asked(buyer, listing)
    Enterprise.objects.filter(pk=seller.pk).update(state="frozen")
    with pytest.raises(NotFound):
        ask(actor=member_actor(buyer), handle=seller.handle, body="x", request_key=key())


def test_an_enterprise_begins_so_many_conversations_an_hour_and_is_told(client, monkeypatch):
    monkeypatch.setattr("catalog.services.inquiries.PER_HOUR", 2)
    buyer = verified_enterprise()
    for _n in range(2):
        asked(buyer, live_listing(verified_enterprise()))
    listing = live_listing(verified_enterprise())
    client.force_login(main_account(buyer))
    client.cookies["django_language"] = "en"

    answer = client.post(f"/goods/{listing.no}/ask/", {"body": "我写的话", "request_key": key()})

    assert answer.status_code == 429 and "within an hour" in answer.text and "我写的话" in answer.text
    assert Inquiry.objects.count() == 2


def test_an_offer_to_a_request_names_own_goods(client):
    buyer, seller = verified_enterprise(), verified_enterprise()
    want = post_want(actor=member_actor(buyer), category="PAP", title="求购双胶纸", quantity=20, unit="t", can_give="", request_key=key())
    mine, foreign = live_listing(seller), live_listing(verified_enterprise())
    client.force_login(main_account(seller))
    path = reverse("catalog:want_offer", args=[want.no])
    assert client.post(path, {"body": "现货", "offered_no": foreign.no, "request_key": key()}).status_code == 422
    assert client.post(path, {"body": "现货", "offered_no": mine.no, "request_key": key()}).status_code == 302
    inquiry = Inquiry.objects.get()
    assert (inquiry.want, inquiry.offered, inquiry.owner) == (want, mine, buyer)
    client.force_login(main_account(buyer))
    assert f"goods={mine.no}" in client.get(f"/me/inquiries/{inquiry.no}/").text


def test_an_empty_or_huge_message_is_told_at_the_field(client):
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)
    client.force_login(main_account(buyer))
    for body in ("", "  ", "长" * 2001):
        answer = client.post(f"/goods/{listing.no}/ask/", {"body": body, "request_key": key()})
        assert answer.status_code == 422 and 'id="id_body_error"' in answer.text
    assert not Inquiry.objects.exists()
