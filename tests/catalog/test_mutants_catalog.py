"""What earlier tests let pass when a page stopped escaping: words of one enterprise must stay words on the pages of another (P27)."""

import pytest
from django.test import Client

from kernel.money import CREDIT, Money
from orders import services
from orders.rules import LineTerms, TopUp
from tests.worlds import key, live_listing, main_account, member_actor, verified_enterprise

pytestmark = pytest.mark.django_db
EVIL = "\"'><img src=x id=EVIL>"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shows(client: Client, path: str) -> None:
    """The page shows the words, and no element that they would make."""
    answer = client.get(path)
    body = answer.content.decode()
    assert answer.status_code == 200, path
    assert "<img src=x" not in body, path
    assert "&lt;img src=x id=EVIL&gt;" in body, f"{path} does not show the words: the test proves nothing there"


def test_hostile_words_of_a_listing_stay_words_on_every_page_that_shows_them():
    seller, visitor = verified_enterprise(EVIL + "贸易", name_en=EVIL + "Trading"), verified_enterprise()
    spec = [{"zh": [EVIL, EVIL], "en": [EVIL, EVIL]}]
    listing = live_listing(
        seller, title_zh="纸" + EVIL, title_en="Paper" + EVIL, description_zh=EVIL * 2, place=EVIL, wants=[EVIL], spec=spec
    )

    for client in (Client(), signed_in(main_account(visitor)), signed_in(main_account(seller))):
        for path in ("/", "/market/", f"/goods/{listing.no}/", f"/firm/{seller.handle}/"):
            shows(client, path)


def test_hostile_words_of_an_order_stay_words_for_the_other_party():
    buyer, seller = verified_enterprise(EVIL + "采购"), verified_enterprise()
    listing = live_listing(seller, title_zh="纸" + EVIL)
    line = LineTerms(listing.pk, 10, listing.price_minor)
    order = services.propose_order(
        seller.pk, actor=member_actor(buyer), lines=[line], top_up=TopUp("me", Money(0, CREDIT), Money(1, "CNY")), note="条款" + EVIL,
        request_key=key(),
    )  # fmt: skip
    services.write_message(order.no, actor=member_actor(buyer), body="你好" + EVIL, uploads=(), request_key=key())
    services.withdraw_order(order.no, actor=member_actor(buyer), request_key=key())

    body = signed_in(main_account(seller)).get(f"/me/orders/{order.no}/").content.decode()

    assert "<img src=x" not in body
    for words in ("条款", "你好", "采购", "纸"):
        assert words in body, words
    assert body.count("&lt;img src=x id=EVIL&gt;") >= 4
