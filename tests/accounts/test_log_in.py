"""Log-ins: a sub-account's stays in its main account's hand, mails lead home, and the time taken tells nothing."""

import re
import statistics
import time

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Enterprise, User
from accounts.services import end_sub_account, set_sub_account_password
from kernel.refusals import Denied
from tests.worlds import key, main_account, member_actor, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


def signed_in(login: str) -> Client:
    client = Client()
    assert client.post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.mark.spec("H15")
def test_a_sub_account_has_no_address_of_its_own_and_is_told_whom_to_ask():
    firm = verified_enterprise()
    main = main_account(firm)
    main.display_name = "王主管"
    main.save(update_fields=["display_name"])
    client = signed_in(sub_account(firm, "trade").username)

    page = client.get("/accounts/email/")
    sent = client.post("/accounts/email/", {"action_add": "", "email": "private@example.com"})

    assert (page.status_code, sent.status_code) == (403, 403)
    assert "王主管" in page.content.decode()
    assert not EmailAddress.objects.filter(email="private@example.com").exists()
    assert mail.outbox == []
    assert "/accounts/email/" not in client.get("/accounts/password/change/").content.decode()


def test_others_keep_their_page_of_addresses():
    client = signed_in(main_account(verified_enterprise()).email)

    assert client.get("/accounts/email/").status_code == 200
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_add": "", "email": "second@example.com"})
    assert [message.to for message in mail.outbox] == [["second@example.com"]]


@pytest.mark.spec("H15")
def test_an_address_does_not_take_a_sub_account_out_of_its_main_accounts_hand():
    firm = verified_enterprise()
    user, owner = sub_account(firm, "trade"), member_actor(firm)
    user.email = "slipped@example.com"
    user.save(update_fields=["email"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    place = user.memberships.get()

    assert signed_in("slipped@example.com").get("/join/").status_code == 403
    set_sub_account_password(place.pk, password="long enough 9", actor=owner, request_key=key())
    end_sub_account(place.pk, actor=owner, request_key=key())

    user.refresh_from_db()
    assert user.check_password("long enough 9") and not user.is_active
    for login in (user.username, user.email):
        client = Client()
        client.post("/accounts/login/", {"login": login, "password": "long enough 9"})
        assert "_auth_user_id" not in client.session
    assert Enterprise.objects.count() == 1


def test_a_colleague_with_an_own_log_in_keeps_it():
    firm, other = verified_enterprise(), main_account(verified_enterprise())
    place = firm.memberships.create(user=other, created_at=timezone.now())

    with pytest.raises(Denied) as denied:
        set_sub_account_password(place.pk, password="long enough 9", actor=member_actor(firm), request_key=key())
    end_sub_account(place.pk, actor=member_actor(firm), request_key=key())

    other.refresh_from_db()
    assert denied.value.code == "own_log_in"
    assert other.is_active and other.check_password(PASSWORD)


@pytest.mark.parametrize("known", [True, False])
def test_links_in_mails_lead_to_our_own_address_whatever_host_was_named(settings, known):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://evenhand.example", ["*"]
    email = main_account(verified_enterprise()).email if known else "nobody@example.com"

    Client().post("/accounts/password/reset/", {"email": email}, headers={"host": "localhost:6666"})

    (sent,) = mail.outbox
    links = re.findall(r"https?://\S+", sent.body)
    assert links and all(link.startswith("https://evenhand.example/accounts/") for link in links)
    assert "6666" not in sent.body + sent.subject


def test_the_link_that_confirms_a_new_address_leads_to_our_own_too(settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://evenhand.example", ["*"]
    form = {"display_name": "林一", "email": "new@example.com", "password1": "brand new 2026", "password2": "brand new 2026"}

    Client().post("/accounts/signup/", form, headers={"host": "localhost:6666"})

    (sent,) = mail.outbox
    assert re.findall(r"https?://[^/]+/accounts/confirm-email/", sent.body) == ["https://evenhand.example/accounts/confirm-email/"]
    assert "6666" not in sent.body + sent.subject


def test_whoever_creates_an_account_says_how_to_call_them():
    form = {"email": "lin@example.com", "password1": "brand new 2026", "password2": "brand new 2026"}
    nameless = Client().post("/accounts/signup/", form)
    assert (nameless.status_code, User.objects.count()) == (200, 0)

    sent = Client().post("/accounts/signup/", {**form, "display_name": " 林\u200b一 "}, follow=True)

    assert str(User.objects.get()) == "林一"
    assert 'href="/accounts/login/"' in sent.content.decode()  # the way to have the link sent again


def test_a_log_in_before_the_confirmation_sends_the_link_again(settings):
    form = {"display_name": "林一", "email": "lin@example.com", "password1": "brand new 2026", "password2": "brand new 2026"}
    Client().post("/accounts/signup/", form)
    cache.clear()  # the house waits a little between two of these mails

    Client().post("/accounts/login/", {"login": "lin@example.com", "password": "brand new 2026"})

    assert ["confirm-email" in sent.body for sent in mail.outbox] == [True, True]


def hashes(login: str, monkeypatch) -> int:
    from django.contrib.auth.hashers import MD5PasswordHasher

    counted = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: counted.append(1) or encode(self, *args))
    answer = Client().post("/accounts/login/", {"login": login, "password": "wrong"})
    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    assert answer.status_code == 200
    return len(counted)


def test_p36_a_wrong_log_in_costs_one_hash_whether_or_not_it_is_known(monkeypatch):
    firm = verified_enterprise()
    logins = [main_account(firm).email, "nobody@example.com", sub_account(firm, "trade").username, f"{firm.handle}/nobody", "nobody"]

    assert [hashes(login, monkeypatch) for login in logins] == [1, 1, 1, 1, 1]


@pytest.mark.slow
def test_p36_a_wrong_log_in_takes_as_long_whether_or_not_it_is_known(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    owner = main_account(verified_enterprise())
    owner.set_password(PASSWORD)
    owner.save()
    taken: dict[str, list[float]] = {owner.email: [], "nobody@example.com": []}
    for _round in range(15):
        for login, times in taken.items():
            cache.clear()
            began = time.perf_counter()
            Client().post("/accounts/login/", {"login": login, "password": "wrong"})
            times.append(time.perf_counter() - began)

    known, unknown = (statistics.median(times) for times in taken.values())
    assert abs(known - unknown) / max(known, unknown) < 0.2, (known, unknown)


def test_p37_groups_are_not_typed_in_by_hand(admin_client):
    import barter.urls  # noqa: F401  registers nothing; it takes what is borrowed out of the admin

    assert not admin.site.is_registered(Group)
    assert admin_client.get("/admin/auth/group/").status_code == 404
    assert admin_client.post("/admin/auth/group/1/change/", {"name": "x"}).status_code == 404
