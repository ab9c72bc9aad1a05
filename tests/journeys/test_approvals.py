"""A sub-account above its limit asks, somebody else approves, the act goes through once; on a holiday a stand-in approves (B10)."""

import re
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Approval, Delegation, Membership, SpendingLimit
from accounts.queries import today
from kernel.services import deliver_due
from messaging.models import Notice
from orders.models import Order
from tests.worlds import allow_credit, key, live_listing, main_account, proposed_order, reauthenticate, sub_account, verified_enterprise

from .browsing import signed_in

pytestmark = pytest.mark.django_db
PRICE = 5_480_000


def hidden(page: str, form_action: str) -> dict:
    """The hidden fields of the form on a page that posts to an address."""
    form = re.search(rf'<form[^>]*action="{re.escape(form_action)}"[^>]*>(.*?)</form>', page, re.S)
    assert form, form_action
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1])
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def english(user):
    client = signed_in(user)
    client.cookies["django_language"] = "en"
    reauthenticate(client)
    return client


def scene():
    buyer, seller = verified_enterprise(), verified_enterprise()
    allow_credit(buyer, 100_000_000)
    return buyer, seller, live_listing(seller)


@pytest.mark.spec("B10")
def test_a_proposal_above_the_limit_waits_for_approval_and_is_sent_from_the_request():
    buyer, _seller, goods = scene()
    buyer_user, boss = sub_account(buyer, "trade"), sub_account(buyer, "approve")
    owner, clerk, chief = english(main_account(buyer)), english(buyer_user), english(boss)
    place = Membership.objects.get(user=buyer_user)
    limits = reverse("accounts:member_limits", args=[place.pk])
    assert owner.post(limits, {"request_key": key(), "per_order": "50000.00", "per_period": "", "period": "month"}).status_code == 302
    assert SpendingLimit.objects.get().per_order_minor == 5_000_000

    terms = {
        "get_1": str(goods.pk), "get_1_quantity": "10", "payer": "me", "credit": "54800", "note": "next week", "request_key": key(),
        "to_address": "广州 1 号", "to_contact": "", "to_phone": "",
    }  # fmt: skip
    path = f"{reverse('orders:new')}?goods={goods.no}"
    page = clerk.post(path, {**terms, "step": "send"})

    text = page.content.decode()
    assert page.status_code == 422 and Order.objects.count() == 0
    assert "you may commit up to ¥50,000.00 per order" in text and "¥54,800.00" in text

    asked = clerk.post(reverse("accounts:approval_new"), {**hidden(text, reverse("accounts:approval_new")), "note": "season begins"})
    row = Approval.objects.get()
    detail = reverse("accounts:approval", args=[row.pk])
    assert (asked.status_code, asked["Location"]) == (302, detail)
    deliver_due()
    assert Notice.objects.filter(recipient=boss, url=detail).count() == 1
    assert Notice.objects.filter(recipient=main_account(buyer), url=detail).count() == 1

    assert "season begins" in chief.get(detail).content.decode()
    assert detail in chief.get(reverse("accounts:approvals")).content.decode()
    decision = reverse("accounts:approval_decide", args=[row.pk])
    assert clerk.post(decision, {"request_key": key(), "verdict": "approve", "note": ""}).status_code == 403
    assert chief.post(decision, {"request_key": key(), "verdict": "reject", "note": ""}).status_code == 422
    assert chief.post(decision, {"request_key": key(), "verdict": "approve", "note": "fine"}).status_code == 302
    deliver_due()
    assert Notice.objects.filter(recipient=buyer_user, url=detail, msgid__startswith="Approved").count() == 1

    kept = hidden(unescape(clerk.get(detail).content.decode()), path)
    assert (kept["step"], kept["note"], kept["to_address"]) == ("check", "next week", "广州 1 号")
    check = clerk.post(path, kept)
    assert check.status_code == 200 and Order.objects.count() == 0
    sent = clerk.post(path, {**kept, "step": "send"})

    order = Order.objects.get()
    row.refresh_from_db()
    assert sent.status_code == 302 and (order.state, order.note, row.state) == ("proposed", "next week", "used")
    assert clerk.post(path, {**kept, "step": "send"}).status_code == 302 and Order.objects.count() == 1  # the same form: the same order
    assert clerk.post(path, {**kept, "step": "send", "request_key": key()}).status_code == 422 and Order.objects.count() == 1


@pytest.mark.spec("B10")
def test_on_a_holiday_a_stand_in_approves_a_confirmation_for_the_absent():
    buyer, seller, goods = scene()
    clerk_user, friend = sub_account(seller, "trade"), sub_account(seller, "ship")
    owner, clerk, stand_in = english(main_account(seller)), english(clerk_user), english(friend)
    assert owner.post(reverse("accounts:approval_threshold"), {"request_key": key(), "above": "1000"}).status_code == 302
    order = proposed_order(buyer, seller, get=[(goods, 10)], credit=PRICE)
    confirm = reverse("orders:confirmation", args=[order.no])
    page = clerk.post(confirm, {"request_key": key(), "terms_hash": order.terms_hash})
    assert page.status_code == 422 and "acts above ¥1,000.00 need approval" in page.content.decode()
    clerk.post(reverse("accounts:approval_new"), hidden(page.content.decode(), reverse("accounts:approval_new")))
    row = Approval.objects.get()
    detail, decision = reverse("accounts:approval", args=[row.pk]), reverse("accounts:approval_decide", args=[row.pk])
    assert [stand_in.get(detail).status_code, stand_in.post(decision, {"request_key": key(), "verdict": "approve"}).status_code] == [
        403,
        403,
    ]

    days = {"starts_on": today().isoformat(), "ends_on": today().isoformat()}
    taker = Membership.objects.get(user=friend).pk
    assert owner.post(reverse("accounts:stand_in_new"), {"request_key": key(), "taker_id": taker, **days}).status_code == 302
    assert f"You decide for {main_account(seller)}" in stand_in.get(detail).content.decode()
    assert stand_in.post(decision, {"request_key": key(), "verdict": "approve", "note": ""}).status_code == 302
    assert clerk.post(confirm, hidden(clerk.get(detail).content.decode(), confirm)).status_code == 302

    order.refresh_from_db()
    row.refresh_from_db()
    assert (order.state, row.state, row.for_whom.user) == ("funded", "used", main_account(seller))
    given = Delegation.objects.get()
    owner.post(reverse("accounts:stand_in_end", args=[given.pk]), {"request_key": key()})
    assert stand_in.get(detail).status_code == 403
    assert f"for {main_account(seller)}" in owner.get(detail).content.decode()


@pytest.mark.spec("B10", "P36")
def test_limits_threshold_and_stand_ins_ask_for_the_password_again():
    firm = verified_enterprise()
    user = sub_account(firm, "trade")
    client = signed_in(main_account(firm))
    session = client.session
    session.pop("account_authentication_methods", None)
    session.save()
    place = Membership.objects.get(user=user)
    days = {"taker_id": place.pk, "starts_on": today().isoformat(), "ends_on": today().isoformat()}

    for path, data in (
        (reverse("accounts:member_limits", args=[place.pk]), {"per_order": "1", "period": "day"}),
        (reverse("accounts:approval_threshold"), {"above": "1"}),
        (reverse("accounts:stand_in_new"), days),
    ):
        answer = client.post(path, {"request_key": key(), **data})
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/reauthenticate/"), path

    assert (SpendingLimit.objects.count(), Delegation.objects.count()) == (0, 0)
