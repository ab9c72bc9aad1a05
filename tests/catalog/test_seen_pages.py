"""What a newcomer saw on the pages of goods and had mended: values said once, words in the reader's language, links that lead on."""

import pytest
from django.urls import reverse
from django.utils import translation

from catalog.models import StockMovement
from catalog.queries.versions import in_words
from tests.worlds import credit_trade, listing_terms, live_listing, main_account, member_actor, shipped, staff_user, verified_enterprise

pytestmark = pytest.mark.django_db
PAPER = {"grammage": "80", "furnish": "woodfree"}


def test_what_attributes_and_specification_both_say_is_said_once():
    spec = [{"zh": ["克重", "80 g"], "en": ["Grammage", "80 g"]}, {"zh": ["平滑度", "60 s"], "en": ["Smoothness", "60 s"]}]
    listing = live_listing(verified_enterprise(), category="PAP-CUL-OFF", attributes=PAPER, spec=spec)
    with translation.override("en"):
        labels = [label for label, _value in listing.specs]
    assert labels.count("Grammage") == 1 and "Smoothness" in labels


def test_wanted_categories_are_named_in_the_readers_language(client):
    listing = live_listing(verified_enterprise(), wants=["仓储服务"], want_categories=["SVC"])
    client.cookies["django_language"] = "en"
    assert "Business services and entitlements" in client.get(reverse("catalog:offer", args=[listing.no])).text


def test_reviewers_read_figures_with_their_units_and_categories_by_name():
    terms = listing_terms(tolerance=5, vat_percent=13, want_categories=["SVC"])
    with translation.override("zh-hans"):
        said = [in_words(name, terms) for name in ("tolerance", "vat_percent", "want_categories", "spec")]
    assert said == ["± 5 %", "13 %", "商务服务与权益", "规格: 70 g · 787 mm / Size: 70 g · 787 mm\n白度: 92 / Whiteness: 92"]


def test_what_changed_stands_on_top_of_a_review(client):
    from catalog.services import revise_listing

    seller = verified_enterprise()
    listing = live_listing(seller)
    terms = listing_terms(origin="青岛")
    revise_listing(listing.no, actor=member_actor(seller), terms=terms, category="PAP", request_key="seen-0001", hand_in=True)
    client.force_login(staff_user("catalog.review_listing"))
    rows = client.get(reverse("admin:catalog_listing_change", args=[listing.pk])).context["rows"]
    assert rows[0]["name"] == "origin" and [row["changed"] for row in rows].count(True) == 1


def test_a_movement_for_an_order_leads_to_the_order(client):
    order, _buyer, seller, listing = credit_trade()
    shipped(order, seller)
    assert StockMovement.objects.filter(listing=listing, kind="ship", document_no=order.no).exists()
    client.force_login(main_account(seller))
    assert f'href="{reverse("orders:detail", args=[order.no])}"' in client.get(reverse("catalog:stock_of", args=[listing.no])).text
