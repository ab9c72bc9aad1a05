"""A draft is deleted by its owner: nobody sees it, its stock is booked out, its log stays."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.audits import reviewed, stock
from catalog.models import Listing, StockMovement
from catalog.queries import listing_counts, own_listings, seen_listing
from catalog.services import begin_count, create_listing, discard_draft, submit_listing, withdraw_listing
from kernel.models import Fact
from kernel.refusals import Denied, IllegalMove, NotFound
from tests.catalog.refusing import refused
from tests.worlds import key, listing_terms, live_listing, main_account, member_actor, staff_actor, verified_enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.spec("H53")]


def draft(actor, **more):
    terms = listing_terms(**({"sku": more.pop("sku")} if "sku" in more else {}))
    return create_listing(terms, actor=actor, category="PAP", request_key=key(), **more)


def test_a_deleted_draft_is_seen_by_nobody_and_its_stock_is_booked_out(client):
    seller = verified_enterprise()
    actor = member_actor(seller)
    listing = draft(actor, opening_stock=Decimal(40), sku="A-1")
    client.force_login(main_account(seller))
    page = reverse("catalog:draft_discard", args=[listing.no])
    shown = client.get(page).content.decode()

    assert "40" in shown and Listing.objects.get().state == "draft"  # the page asks, it does nothing
    once = {"request_key": key()}
    assert client.post(page, once).status_code == 302
    assert client.post(page, once).status_code == 302  # the same button pressed twice

    listing.refresh_from_db()
    assert listing.state == "discarded" and listing.stock.on_hand == 0
    moved = StockMovement.objects.filter(listing=listing).order_by("pk").values_list("kind", "quantity", "balance")
    assert list(moved) == [("in", 40, 40), ("out", -40, 0)]
    for who in (actor, staff_actor("catalog.review_listing")):
        with pytest.raises(NotFound):
            seen_listing(who, listing.no)
    assert own_listings(actor).rows == [] and listing_counts(actor) == {}
    for name in ("offer", "listing_edit", "stock_of", "draft_discard"):
        assert client.get(reverse(f"catalog:{name}", args=[listing.no])).status_code == 404
    assert Fact.objects.filter(name="catalog.listing_discarded", subject_id=str(listing.pk)).count() == 1
    assert not list(stock()) and not list(reviewed())
    assert draft(actor, sku="A-1").sku == "A-1"  # the number is free again


def test_only_what_was_never_on_sale_and_waits_for_nobody_is_deleted():
    seller = verified_enterprise()
    actor = member_actor(seller)
    sold, waiting = live_listing(seller), draft(actor)
    submit_listing(waiting.no, actor=actor, request_key=key())

    with pytest.raises(IllegalMove):
        discard_draft(waiting.no, actor=actor, request_key=key())
    with refused("was_published"):
        discard_draft(sold.no, actor=actor, request_key=key())
    withdraw_listing(sold.no, actor=actor, request_key=key())
    with refused("was_published"):
        discard_draft(sold.no, actor=actor, request_key=key())
    with pytest.raises(IntegrityError), transaction.atomic():
        Listing.objects.filter(pk=sold.pk).update(state="discarded")
    withdraw_listing(waiting.no, actor=actor, request_key=key())
    assert discard_draft(waiting.no, actor=actor, request_key=key()).state == "discarded"


def test_a_draft_is_deleted_by_its_own_company_with_the_right_to_goods():
    seller = verified_enterprise()
    listing = draft(member_actor(seller))

    with pytest.raises(NotFound):
        discard_draft(listing.no, actor=member_actor(verified_enterprise()), request_key=key())
    with pytest.raises(Denied):
        discard_draft(listing.no, actor=staff_actor("catalog.review_listing"), request_key=key())
    assert Listing.objects.get().state == "draft"


def test_goods_that_are_being_counted_are_not_deleted():
    actor = member_actor(verified_enterprise())
    listing = draft(actor, opening_stock=Decimal(5))
    begin_count(actor=actor, title="盘点", everything=True, request_key=key())

    with refused("being_counted"):
        discard_draft(listing.no, actor=actor, request_key=key())
