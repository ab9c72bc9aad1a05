"""The listing form says at each field what is missing or forbidden, and keeps everything that was typed, the photo too (H52)."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import Listing, Media, StockMovement
from catalog.services import create_listing
from kernel.models import Document
from tests.catalog.test_pages import FORM
from tests.worlds import key, listing_terms, live_listing, main_account, member_actor, png, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(client):
    firm = verified_enterprise()
    client.force_login(main_account(firm))
    return firm


def picture() -> SimpleUploadedFile:
    body = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(body, "JPEG")
    return SimpleUploadedFile("纸卷.jpg", body.getvalue(), "image/jpeg")


def told_at(page: str, name: str) -> str:
    found = re.search(rf'id="id_{name}_error"[^>]*>(.*?)</p>', page, re.S)
    return re.sub("<[^>]+>", "", found.group(1)).strip() if found else ""


@pytest.mark.spec("H52", thin=True)
def test_what_a_review_would_lack_is_said_at_the_field_and_on_top_and_nothing_is_saved(client, seller):
    answer = client.post("/shop/goods/new/", {**FORM, "description_zh": "纸。", "price": "x", "submit": "1"})

    page = answer.text
    assert answer.status_code == 422
    assert told_at(page, "description_zh") and told_at(page, "price")
    assert page.count('href="#id_description_zh"') == 1
    assert "纸。" in page and 'value="x"' in page
    assert not Listing.objects.exists()


@pytest.mark.spec("H52", thin=True)
def test_forbidden_words_are_named_at_the_field_that_holds_them(client, seller):
    typed = {**FORM, "title_zh": "最好的牛皮纸", "spec_zh": "等级：国家级\n幅宽: 1200 mm", "wants": "顶级叉车"}
    answer = client.post("/shop/goods/new/", {**typed, "draft": "1"})

    page = answer.text
    assert answer.status_code == 422
    told = [told_at(page, name) for name in ("title_zh", "spec_zh", "wants", "description_zh")]
    assert [word in text for word, text in zip(["最好", "国家级", "顶级", ""], told, strict=True)] == [True] * 4
    assert told[3] == ""
    assert not Listing.objects.exists()


def test_a_draft_may_be_short_and_its_gaps_are_shown_in_its_form_when_it_is_handed_in(client, seller):
    assert client.post("/shop/goods/new/", {**FORM, "description_zh": "纸。", "draft": "1"}).status_code == 302
    listing = Listing.objects.get()

    answer = client.post(f"/shop/goods/{listing.no}/submission/", {"request_key": key()})

    assert answer.status_code == 422
    assert told_at(answer.text, "description_zh")
    assert f'action="/shop/goods/{listing.no}/edit/"' in answer.text
    sent = dict(re.findall(r'<input type="hidden" name="(request_key)" value="([^"]*)"', answer.text))
    listing.refresh_from_db()
    assert listing.state == "draft"
    form = {k: v for k, v in FORM.items() if k != "opening_stock"}
    assert client.post(f"/shop/goods/{listing.no}/edit/", {**form, **sent, "submit": "1"}).status_code == 302
    listing.refresh_from_db()
    assert (listing.state, listing.description_zh) == ("in_review", FORM["description_zh"])


def test_a_photo_survives_a_mistake_elsewhere(client, seller):
    wrong = client.post("/shop/goods/new/", {**FORM, "price": "", "photos": picture(), "submit": "1"})
    token = re.search(r'name="m_key_1" value="([^"]+)"', wrong.text).group(1)
    assert (wrong.status_code, "纸卷.jpg" in wrong.text, Listing.objects.count()) == (422, True, 0)

    assert client.post("/shop/goods/new/", {**FORM, "m_key_1": token, "submit": "1"}).status_code == 302

    listing = Listing.objects.get()
    assert (listing.photos[0]["key"], listing.state, Media.objects.count()) == (token, "in_review", 1)


@pytest.mark.spec("H53")
def test_photos_a_film_and_data_sheets_are_handed_in_with_the_form_at_once(client, seller):
    from tests.catalog.test_media import film
    from tests.security.scene import PDF

    photos = [SimpleUploadedFile(f"纸{n}.png", png(f"纸{n}"), "image/png") for n in (1, 2)]
    files = {"photos": photos, "video": film(), "documents": [SimpleUploadedFile("检验单.pdf", PDF, "application/pdf")]}
    answer = client.post("/shop/goods/new/", {**FORM, **files, "submit": "1"})
    assert answer.status_code == 302, told_at(answer.text, "photos")
    listing = Listing.objects.get()
    assert (listing.state, [item["kind"] for item in listing.media]) == ("in_review", ["photo", "photo", "video", "document"])


def test_what_a_category_asks_for_is_named_with_all_other_mistakes(client, seller):
    typed = {**FORM, "category": "PAP-CUL-OFF", "price": "x", "submit": "1"}
    answer = client.post("/shop/goods/new/", typed)
    errors = answer.context["form"].errors
    assert answer.status_code == 422 and {"price", "a_furnish"} <= set(errors)
    draft = {name: value for name, value in typed.items() if name != "submit"} | {"price": "5000", "draft": "1"}
    assert client.post("/shop/goods/new/", draft).status_code == 302


def test_a_photo_that_is_none_is_refused_at_its_field(client, seller):
    bad = SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")
    answer = client.post("/shop/goods/new/", {**FORM, "photos": bad})

    assert answer.status_code == 422 and told_at(answer.text, "photos")
    assert not Listing.objects.exists() and not Document.objects.exists()


def test_goods_on_sale_cannot_become_incomplete(client, seller):
    listing = live_listing(seller)
    short = {k: v for k, v in FORM.items() if k != "opening_stock"} | {"description_zh": "纸。"}

    assert client.post(f"/shop/goods/{listing.no}/edit/", short).status_code == 422

    listing.refresh_from_db()
    assert (listing.state, listing.version) == ("live", 1)


def test_nothing_required_is_called_optional(client, seller):
    client.cookies["django_language"] = "en"
    page = client.get("/shop/goods/new/?category=PAP").text

    optional = re.findall(r'<label for="id_(\w+)">[^<]*<span class="opt">', page)
    assert not {"title_zh", "description_zh", "price", "unit", "moq", "lead_days", "place", "category", "currency"} & set(optional)
    assert {"title_en", "spec_en", "photos", "opening_stock", "hs_code", "wants", "tier_1_from", "a_grammage"} <= set(optional)


NUMBERS = ["１２", "٣", "1_000", "1e3", "-0", "+5", "NaN", "Infinity", "1,000", "9" * 400, "0x10"]


@pytest.mark.parametrize("typed", NUMBERS)
def test_quantities_and_prices_are_plain_digits(client, seller, typed):
    listing = live_listing(seller, stock=10)
    moved = client.post(f"/shop/stock/{listing.no}/", {"kind": "in", "quantity": typed, "reason": "r", "request_key": key()})
    asked = {"title": "木浆", "category": "PAP", "quantity": typed, "unit": "t", "request_key": key()}
    posted = client.post("/wanted/new/", asked)
    listed = [client.post("/shop/goods/new/", {**FORM, name: typed}) for name in ("price", "moq", "opening_stock", "lead_days")]

    assert {answer.status_code for answer in (moved, posted, *listed)} == {422}
    assert (StockMovement.objects.count(), Listing.objects.count()) == (1, 1)


def test_hidden_characters_do_not_reach_a_title(client, seller):
    turned = client.post("/shop/goods/new/", {**FORM, "title_zh": "牛皮纸\u202egpj"})
    hidden = client.post("/shop/goods/new/", {**FORM, "title_zh": "牛皮\u200b纸 150g"})

    assert (turned.status_code, hidden.status_code) == (422, 302)
    assert Listing.objects.get().title_zh == "牛皮纸 150g"


def test_handing_in_an_incomplete_draft_twice_changes_nothing(client, seller):
    listing = create_listing(
        listing_terms(description_zh="", description_en=""), actor=member_actor(seller), category="PAP", request_key=key()
    )

    answers = [client.post(f"/shop/goods/{listing.no}/submission/", {"request_key": "twice-handed-in"}) for _n in range(2)]

    assert [answer.status_code for answer in answers] == [422, 422]


def test_another_category_shows_its_attributes_whatever_is_still_empty(client, seller):
    blank = {"category": "PAP-TIS", "fields": "1", "request_key": key(), "title_zh": "生活用纸"}
    new = client.post("/shop/goods/new/?category=PAP-CUL-OFF", blank)
    listing = live_listing(seller)
    edited = client.post(f"/shop/goods/{listing.no}/edit/", blank)
    for page in (new, edited):
        assert page.status_code == 200 and "生活用纸" in page.text
        assert 'name="a_ply"' in page.text and 'name="a_furnish"' not in page.text
        assert "_error" not in page.text
