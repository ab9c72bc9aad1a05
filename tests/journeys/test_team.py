"""A colleague without an account is invited by mail, signs up, joins, and sees only the order that is granted."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Membership, User
from kernel.services import deliver_due
from tests.worlds import allow_credit, key, live_listing, main_account, proposed_order, reauthenticate, verified_enterprise

pytestmark = pytest.mark.django_db


def link_in_mail(to, pattern):
    return next(found.group(1) for message in reversed(mail.outbox) if message.to == [to] and (found := re.search(pattern, message.body)))


@pytest.mark.spec("H15", "H16")
def test_invited_signed_up_joined_and_granted_one_order():
    buyer, firm = verified_enterprise(), verified_enterprise()
    listing = live_listing(firm)
    allow_credit(buyer, 20_000_000)
    first, second = (proposed_order(buyer, firm, get=[(listing, 10)], credit=5_480_000) for _ in range(2))
    owner = Client()
    owner.force_login(main_account(firm))
    reauthenticate(owner)
    role = owner.get("/shop/team/invite/?role=purchasing").context["form"]["boxes"].value()
    owner.post("/shop/team/invite/", {"email": "neu@example.com", "display_name": "王敏", "boxes": role, "request_key": key()})
    deliver_due()
    page = link_in_mail("neu@example.com", r"https?://[^/\s]+(/team/join/[0-9a-f]+/)")

    guest = Client()
    assert "/accounts/signup/?next=" in guest.get(page).content.decode()
    words = {"display_name": "王敏", "email": "neu@example.com", "password1": "correct-horse-7", "password2": "correct-horse-7"}
    guest.post(f"/accounts/signup/?next={page}", words)
    confirm = link_in_mail("neu@example.com", r"https?://[^/\s]+(/accounts/confirm-email/\S+)")
    guest.post(confirm)
    guest.post("/accounts/login/", {"login": "neu@example.com", "password": "correct-horse-7"})
    joined = guest.post(page, {"request_key": key()})
    everything = guest.get("/me/orders/?tab=all").content.decode()
    place = Membership.objects.get(user=User.objects.get(email="neu@example.com"))
    owner.post(f"/shop/team/{place.pk}/sight/", {"only_granted_orders": "on", "request_key": key()})
    nothing = guest.get("/me/orders/?tab=all").content.decode()
    owner.post(f"/me/orders/{first.no}/people/", {"people": [place.pk], "request_key": key()})
    one = guest.get("/me/orders/?tab=all").content.decode()

    assert joined.status_code == 302
    assert first.no in everything and second.no in everything
    assert first.no not in nothing and second.no not in nothing
    assert first.no in one and second.no not in one
    assert "王敏" in owner.get("/shop/team/").content.decode()
