"""Trading holds while company data are reviewed: none, new business or all, each tested (H20)."""

from datetime import date

import pytest

from accounts.actors import require
from accounts.models import CompanyChange
from catalog.models import Listing, Want
from catalog.permissions import CLOSE_WANT, LIST_GOODS, MANAGE_PRODUCTS, MANAGE_STOCK, POST_WANT
from catalog.services import create_listing, post_want, submit_listing, withdraw_listing
from disputes.permissions import OPEN_COMPLAINT
from kernel.refusals import Refusal
from ledger.queries import held
from orders.models import Order
from orders.permissions import (
    ACCEPT_GOODS,
    ANSWER_PROPOSAL,
    ANSWER_REFUND,
    DECLINE,
    PROPOSE,
    REQUEST_REFUND,
    SHIP,
    VIEW_ORDERS,
    WITHDRAW,
    WRITE_MESSAGES,
)
from orders.services import decline_order, withdraw_order
from tests.worlds import (
    accepted,
    allow_credit,
    confirmed,
    key,
    listing_terms,
    live_listing,
    main_account,
    member_actor,
    proposed_order,
    shipped,
    verified_enterprise,
)

from .test_change_pages import browser
from .test_changes import BANK, asked_for

pytestmark = pytest.mark.django_db
NEW = [PROPOSE, ANSWER_PROPOSAL, LIST_GOODS, POST_WANT]
MOVES = [DECLINE, WITHDRAW, SHIP, ACCEPT_GOODS, REQUEST_REFUND, ANSWER_REFUND]
NEVER = [VIEW_ORDERS, WRITE_MESSAGES, MANAGE_PRODUCTS, MANAGE_STOCK, CLOSE_WANT, OPEN_COMPLAINT]


def refused(act) -> str:
    with pytest.raises(Refusal) as answer:
        act()
    return answer.value.code


def traders():
    """A buyer with credit, a seller with goods on sale."""
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 900_000_000)
    return buyer, seller, live_listing(seller)


@pytest.mark.spec("H20")
@pytest.mark.parametrize("hold, stopped", [("none", []), ("new", NEW), ("all", [*NEW, *MOVES])])
def test_each_setting_stops_its_acts_and_no_other(settings, hold, stopped):
    settings.COMPANY_CHANGE_HOLD = hold
    firm = verified_enterprise()
    asked_for(firm)
    actor = member_actor(firm)
    for capability in [*NEW, *MOVES, *NEVER]:
        if capability in stopped:
            assert refused(lambda asked=capability: require(actor, asked)) == "change_hold"
        else:
            require(actor, capability)
        assert actor.can(capability) is (capability not in stopped)


@pytest.mark.spec("H20")
@pytest.mark.parametrize(
    "group, values, holds",
    [
        ("licence", None, True), ("legal", {"legal_representative": "李四"}, True), ("bank", BANK, False),
        ("contact", {"province": "广东", "address": "新路 9 号", "phone": "020-81112222"}, False),
    ],
)  # fmt: skip
def test_only_changes_of_what_the_company_is_hold_its_trade(group, values, holds):
    firm = verified_enterprise()
    asked_for(firm, group, values)
    assert member_actor(firm).hold == ("new" if holds else "")


@pytest.mark.spec("H20")
def test_no_setting_holds_trade_without_a_change_and_the_hold_ends_with_it(settings):
    settings.COMPANY_CHANGE_HOLD = "all"
    firm = verified_enterprise()
    assert member_actor(firm).hold == ""
    asked_for(firm)
    assert member_actor(firm).hold == "all"
    CompanyChange.objects.update(state="withdrawn")
    assert (member_actor(firm).hold, member_actor(firm).hold_reason) == ("", "")


@pytest.mark.spec("H20")
def test_an_unknown_setting_is_taken_for_the_strictest(settings):
    settings.COMPANY_CHANGE_HOLD = "nwe"
    firm = verified_enterprise()
    asked_for(firm)
    assert member_actor(firm).hold == "all"


@pytest.mark.spec("H20")
def test_with_none_everything_goes_on(settings):
    settings.COMPANY_CHANGE_HOLD = "none"
    buyer, seller, listing = traders()
    asked_for(seller)
    asked_for(buyer)
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    shipped(order, seller)
    accepted(order, buyer)
    order.refresh_from_db()
    assert order.state == "completed"


@pytest.mark.spec("H20")
@pytest.mark.parametrize("held_side", ["buyer", "seller"])
def test_with_new_no_order_is_made_with_either_side_held(held_side):
    buyer, seller, listing = traders()
    before = proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000)
    asked_for({"buyer": buyer, "seller": seller}[held_side])

    propose = {"buyer": "change_hold", "seller": "party_on_hold"}[held_side]
    confirm = {"buyer": "party_on_hold", "seller": "change_hold"}[held_side]
    assert refused(lambda: proposed_order(buyer, seller, get=[(listing, 1)], credit=548_000)) == propose
    assert refused(lambda: confirmed(before)) == confirm
    before.refresh_from_db()
    assert (before.state, Order.objects.count(), held(buyer.pk).minor) == ("proposed", 1, 0)


@pytest.mark.spec("H20")
def test_with_new_running_orders_go_on_and_what_is_open_can_be_taken_back():
    buyer, seller, listing = traders()
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    declined = proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000)
    taken_back = proposed_order(seller, buyer, give=[(listing, 10)], credit=5_480_000, payer="them")
    asked_for(seller)
    shipped(order, seller)
    accepted(order, buyer)
    decline_order(declined.no, actor=member_actor(seller), reason="", request_key=key())
    withdraw_order(taken_back.no, actor=member_actor(seller), request_key=key())
    withdraw_listing(listing.no, actor=member_actor(seller), request_key=key())
    assert [Order.objects.get(pk=o.pk).state for o in (order, declined, taken_back)] == ["completed", "declined", "withdrawn"]


@pytest.mark.spec("H20")
def test_with_all_not_even_shipping_goes_on_but_the_other_side_acts(settings):
    settings.COMPANY_CHANGE_HOLD = "all"
    buyer, seller, listing = traders()
    order = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    waiting = confirmed(proposed_order(buyer, seller, get=[(listing, 10)], credit=5_480_000))
    shipped(order, seller)
    asked_for(seller)
    assert refused(lambda: shipped(waiting, seller)) == "change_hold"
    accepted(order, buyer)
    assert [Order.objects.get(pk=o.pk).state for o in (order, waiting)] == ["completed", "funded"]


@pytest.mark.spec("H20")
def test_with_new_nothing_is_listed_or_asked_for():
    seller = verified_enterprise()
    actor = member_actor(seller)
    draft = create_listing(listing_terms(), actor=actor, category="PAP", request_key=key())
    asked_for(seller)
    actor = member_actor(seller)
    want = {"category": "PAP", "title": "求购木浆", "quantity": 5, "unit": "t", "can_give": "纸"}
    assert refused(lambda: create_listing(listing_terms(), actor=actor, category="PAP", request_key=key())) == "change_hold"
    assert refused(lambda: submit_listing(draft.no, actor=actor, request_key=key())) == "change_hold"
    assert refused(lambda: post_want(actor=actor, request_key=key(), **want)) == "change_hold"
    assert (Listing.objects.get().state, Want.objects.count()) == ("draft", 0)


@pytest.mark.spec("H20")
@pytest.mark.parametrize(
    "hold, sentence",
    [("none", "You can trade as usual."), ("new", "Running orders go on."), ("all", "trading is on hold until the review ends")],
)
def test_a_banner_on_every_page_says_what_is_held(settings, hold, sentence):
    settings.COMPANY_CHANGE_HOLD = hold
    firm = verified_enterprise()
    client = browser(main_account(firm))
    assert sentence not in client.get("/me/").content.decode()
    asked_for(firm)
    for address in ("/me/", "/market/", "/me/company/", "/shop/goods/"):
        assert sentence in client.get(address).content.decode(), address


@pytest.mark.spec("H20")
def test_a_held_act_over_http_says_why():
    seller = verified_enterprise()
    asked_for(seller)
    answer = browser(main_account(seller)).get("/shop/goods/new/")
    assert answer.status_code == 422 and "change of your company data is being reviewed" in answer.content.decode()


@pytest.mark.spec("H20", "H51")
def test_of_two_holds_the_stricter_counts(settings):
    settings.COMPANY_CHANGE_HOLD, settings.LICENCE_EXPIRED_HOLD = "all", "new"
    firm = verified_enterprise(licence_expires_on=date(2020, 1, 1))
    assert (member_actor(firm).hold, member_actor(firm).hold_reason) == ("new", "licence")
    asked_for(firm, "legal", {"legal_representative": "李四"})
    assert (member_actor(firm).hold, member_actor(firm).hold_reason) == ("all", "change")
