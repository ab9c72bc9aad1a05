"""From a search to an answer and an order over HTTP: found, asked with a file, answered, gone on with; and the way back from a request."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.models import Inquiry, Want
from kernel.services import deliver_due
from tests.worlds import key, live_listing, png, sub_account, verified_enterprise

from .browsing import done, hidden, office_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H56", "C06")]


def say(client, url: str, body: str, *files) -> str:
    page = client.get(url)
    return done(client.post(url, {"request_key": hidden(page, "request_key"), "body": body, "files": list(files)}))


def test_a_buyer_finds_asks_is_answered_and_goes_on_to_a_proposal():
    seller, buyer = verified_enterprise("青岚纸业有限公司"), verified_enterprise("远山包装有限公司")
    listing = live_listing(seller, stock=200)
    buying, selling = office_of(buyer), office_of(seller)
    offer = reverse("catalog:offer", args=[listing.no])
    assert offer in buying.get(reverse("catalog:market"), {"q": "双胶"}).text
    ask = reverse("catalog:ask", args=[listing.no])
    assert ask in buying.get(offer).text

    empty = buying.post(ask, {"request_key": key(), "body": "  "})
    assert empty.status_code == 422 and not Inquiry.objects.exists()
    thread = say(buying, ask, "70 g 的含税吗？本周能发吗？", SimpleUploadedFile("规格.png", png("规格"), "image/png"))
    deliver_due()

    row = Inquiry.objects.get()
    inbox = selling.get(reverse("messaging:inbox")).text
    assert row.no in inbox
    received = selling.get(reverse("catalog:inquiries"), {"side": "received"}).text
    assert row.no in received and row.no not in selling.get(reverse("catalog:inquiries"), {"side": "made"}).text
    todo = selling.get(reverse("dashboard")).context["todos"]
    where = reverse("catalog:inquiries") + "?side=received"
    assert [(row["title"], row["url"]) for row in todo] == [("1 inquiry waits for your answer", where)]
    assert "Waits for your answer" in received and "Not answered yet" in buying.get(reverse("catalog:inquiries")).text
    page = selling.get(thread).text
    assert "本周能发吗" in page and "规格.png" in page and "Propose trade" not in page
    say(selling, thread, "含税，现货两天内发。")
    deliver_due()

    assert selling.get(reverse("dashboard")).context["todos"] == []
    assert "Not answered yet" not in buying.get(reverse("catalog:inquiries")).text
    read = buying.get(thread).text
    assert "现货两天内发" in read and thread in buying.get(offer).text  # the offer leads back to the conversation
    propose = reverse("orders:new") + f"?goods={listing.no}"
    assert propose in read and buying.get(propose).status_code == 200

    stranger = office_of(verified_enterprise())
    assert stranger.get(thread).status_code == 404
    assert stranger.post(thread, {"request_key": key(), "body": "我也要"}).status_code == 404


def test_a_request_is_found_offered_for_and_the_goods_offered_lead_to_a_trade():
    wanting, selling_firm = verified_enterprise("沃土肥业有限公司"), verified_enterprise("青岚纸业有限公司")
    goods = live_listing(selling_firm, stock=50)
    buyer, seller = office_of(wanting), office_of(selling_firm)
    url = reverse("catalog:want_new")
    typed = {
        "request_key": hidden(buyer.get(url), "request_key"), "title": "双胶纸 70g", "category": "PAP", "quantity": "100", "unit": "t",
        "currency": "CNY", "gives_credit": "1", "can_give": "尿素",
    }  # fmt: skip
    want = done(buyer.post(url, typed))
    no = Want.objects.get().no

    seen = seller.get(want).text
    assert "Your stock covers 50 %" in seen and goods.title_en in seen
    offer = reverse("catalog:want_offer", args=[no])
    assert offer in seen and no in seller.get(reverse("catalog:wanted"), {"gives": "credit"}).text
    page = seller.get(offer)
    said = {"request_key": hidden(page, "request_key"), "body": "现货 50 吨，余量月底。", "offered_no": goods.no}
    thread = done(seller.post(offer, said))
    deliver_due()

    read = buyer.get(thread).text
    assert "余量月底" in read and reverse("orders:new") + f"?goods={goods.no}" in read
    say(buyer, thread, "先要 50 吨。")
    deliver_due()
    assert Inquiry.objects.get().no in seller.get(reverse("messaging:inbox")).text


def test_writing_needs_a_box_and_reading_too():
    seller, buyer = verified_enterprise(), verified_enterprise()
    listing, mute = live_listing(seller), signed_in(sub_account(buyer, "manage_stock"))
    assert mute.get(reverse("catalog:ask", args=[listing.no])).status_code == 403
    assert mute.get(reverse("catalog:inquiries")).status_code == 403
    talks = signed_in(sub_account(buyer, "chat"))
    thread = say(talks, reverse("catalog:ask", args=[listing.no]), "有货吗？")
    assert talks.get(thread).status_code == 200 and mute.get(thread).status_code == 403
