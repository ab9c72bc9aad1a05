"""Checking a proposal: what would be refused later is refused at once, at its field, and everything typed stays (r1-20)."""

import pytest
from django.test import Client
from django.urls import reverse

from kernel.refusals import Refusal
from orders.models import Order
from tests.worlds import key, live_listing, main_account, proposed_order, verified_enterprise

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    buyer, seller = verified_enterprise(), verified_enterprise()
    wanted, ours = live_listing(seller, stock=40), live_listing(buyer, stock=3)
    client = Client()
    client.force_login(main_account(buyer), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["django_language"] = "en"
    url = reverse("orders:new") + f"?goods={wanted.no}"
    data = {"request_key": key(), "get_1": wanted.pk, "get_1_quantity": "10", "payer": "me", "credit": "100", "note": "keep me"}
    return lambda **changes: client.post(url, {**data, "step": "check", **changes}), ours


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"get_1_quantity": "9"}, "get_1_quantity", "minimum order quantity"),
        ({"get_1_quantity": "41"}, "get_1_quantity", "only 40"),
        ({"give_1": "ours", "give_1_quantity": "4"}, "give_1_quantity", "only 3"),
        ({"credit": "", "payer": ""}, "__all__", "for nothing"),
        ({"credit": "99999999"}, "__all__", "Money only balances"),
    ],
)
def test_the_check_marks_the_field_and_keeps_what_was_typed(desk, changes, name, words):
    check, ours = desk
    changes = {key: ours.pk if value == "ours" else value for key, value in changes.items()}

    page = check(**changes)

    assert page.status_code == 422 and Order.objects.count() == 0
    assert list(page.context["form"].errors) == [name] and words in str(page.context["form"].errors[name])
    assert "keep me" in page.content.decode()
    assert page.context["form"]["get_1_quantity"].value() == changes.get("get_1_quantity", "10")


@pytest.mark.parametrize("typed", ["１２", "1_2", "1e1", "-0", "+12", "١٢", "12.0", "1 2", "9" * 30])
def test_only_plain_digits_are_quantities(desk, typed):
    check, _ours = desk

    page = check(get_1_quantity=typed)

    assert page.status_code == 422 and "get_1_quantity" in page.context["form"].errors
    assert Order.objects.count() == 0


@pytest.mark.parametrize("typed", ["１００", "1_00", "1e2", "-0", "-1", "+100", "NaN", "Infinity", "١٠٠"])
def test_only_plain_numbers_are_amounts(desk, typed):
    check, _ours = desk

    assert {name: check(**{name: typed}).status_code for name in ("credit", "cash")} == {"credit": 422, "cash": 422}


@pytest.mark.parametrize(
    ("terms", "code"),
    [({"quantity": 9}, "below_moq"), ({"quantity": 41}, "stock_short"), ({"quantity": 10}, "")],
)
def test_the_service_refuses_the_same(terms, code):
    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller, stock=40)

    try:
        proposed_order(buyer, seller, get=[(listing, terms["quantity"])])
        found = ""
    except Refusal as refusal:
        found = refusal.code

    assert (found, Order.objects.count()) == (code, 0 if code else 1)


def test_nobody_gives_goods_for_nothing():
    from orders.rules import LineTerms
    from orders.services import propose_order
    from tests.worlds import member_actor

    buyer, seller = verified_enterprise(), verified_enterprise()
    listing = live_listing(seller)

    with pytest.raises(Refusal) as refusal:
        propose_order(
            seller.pk, actor=member_actor(buyer), lines=[LineTerms(listing.pk, 10, listing.price_minor)], top_up=None, note="",
            request_key=key(),
        )  # fmt: skip

    assert refusal.value.code == "gift_refused" and Order.objects.count() == 0
