"""Mails and notices come in the language their reader chose, not in that of whoever had them sent."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.services import create_sub_account
from kernel.models import Fact
from kernel.services import deliver_due
from tests import worlds
from tests.worlds import key, main_account, person, verified_enterprise

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()


def english() -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def sign_up(client: Client, email: str) -> User:
    form = {"display_name": "Ann", "email": email, "password1": "correct-horse-7", "password2": "correct-horse-7"}
    assert client.post("/accounts/signup/", form).status_code == 302
    return User.objects.get(email=email)


def chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


@pytest.mark.spec("H17", thin=True)
@pytest.mark.parametrize("where,language", [(english, "en"), (Client, "zh-hans")])
def test_who_signs_up_gets_mail_in_the_language_of_the_page(where, language):
    user = sign_up(where(), f"{language}@example.com")

    assert user.language == language
    assert chinese(mail.outbox[-1].body.replace("易衡", "")) == (language == "zh-hans")


def test_switching_the_language_while_signed_in_switches_the_mails_too():
    user, client = person(), Client()
    client.force_login(user, backend=BACKEND)

    assert client.post("/i18n/setlang/", {"language": "en", "next": "/"}).status_code == 302
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})

    user.refresh_from_db()
    assert user.language == "en" and client.cookies["django_language"].value == "en"
    assert Fact.objects.get(name="accounts.language_chosen").changes == {"language": ["zh-hans", "en"]}


@pytest.mark.parametrize("language", ["", "xx", "fr", "en-gb", "zh"])
def test_a_language_that_is_none_of_ours_changes_nothing(language):
    user, client = person(), Client()
    client.force_login(user, backend=BACKEND)

    client.post("/i18n/setlang/", {"language": language})

    user.refresh_from_db()
    assert user.language == "zh-hans" and not Fact.objects.filter(name="accounts.language_chosen").exists()


def test_a_visitor_switches_the_page_only():
    client = Client()

    assert client.post("/i18n/setlang/", {"language": "en", "next": "/"}).status_code == 302
    assert client.get("/i18n/setlang/").status_code == 405


def test_a_notice_is_mailed_in_its_readers_language():
    from messaging.services import notify_person

    readers = {language: person() for language in ("en", "zh-hans")}
    for language, user in readers.items():
        User.objects.filter(pk=user.pk).update(language=language)
        fact = Fact.objects.order_by("-pk").first() or _some_fact()
        notify_person(user.pk, msgid="Your permissions have changed.", params={}, url="/me/", fact=fact)

    deliver_due()

    sent = {message.to[0]: message for message in mail.outbox}
    assert sent[readers["en"].email].subject == "Your permissions have changed."
    assert chinese(sent[readers["zh-hans"].email].subject)


def _some_fact() -> Fact:
    from accounts.services import record_login

    record_login(actor=worlds.member_actor(verified_enterprise()))
    return Fact.objects.get()


def test_a_link_that_the_staff_has_sent_speaks_the_readers_language_not_the_staffs():
    reader, desk = person(), Client()
    User.objects.filter(pk=reader.pk).update(language="en")
    desk.force_login(worlds.staff_user("accounts.view_user"), backend=BACKEND)

    desk.post(f"/admin/accounts/user/{reader.pk}/change/", {"act": "reset", "request_key": key()})

    (letter,) = mail.outbox
    assert letter.to == [reader.email] and not chinese((letter.subject + letter.body).replace("易衡", ""))


def test_a_sub_account_reads_what_its_maker_reads():
    from django.utils import translation

    firm = verified_enterprise()
    with translation.override("en"):
        maker, told = worlds.member_actor(firm), {"username": "li", "display_name": "Li", "password": "correct-horse-9", "boxes": ["trade"]}
        place = create_sub_account(**told, actor=maker, request_key=key())

    assert place.user.language == "en" and main_account(firm).language == "zh-hans"
