"""Sessions are ended one by one: one's own, looked up again, never the one in use (B16, P36)."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from kernel.models import Fact
from tests.worlds import key, main_account, person, verified_enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


@pytest.fixture(autouse=True)
def _fresh_counters(db):
    cache.clear()


def typed_in(user, browser: str = "") -> Client:
    client = Client(HTTP_USER_AGENT=browser)
    assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return client


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


@pytest.mark.spec("B16")
def test_one_other_session_is_ended_from_the_security_page_and_the_rest_go_on():
    user = main_account(verified_enterprise())
    here, phone, tablet = typed_in(user, "Here"), typed_in(user, "Phone"), typed_in(user, "Tablet")
    page = here.get("/me/security/").content.decode()
    lost = row_of(phone)
    assert all(name in page for name in ("Here", "Phone", "Tablet")) and f"/me/security/sessions/{lost.pk}/end/" in page
    assert f"/me/security/sessions/{row_of(here).pk}/end/" not in page
    form = {"request_key": key()}

    assert here.post(f"/me/security/sessions/{lost.pk}/end/", form).status_code == 302
    assert here.post(f"/me/security/sessions/{lost.pk}/end/", form).status_code == 302  # sent twice

    assert phone.get("/me/")["Location"].startswith("/accounts/login/")
    assert (here.get("/me/").status_code, tablet.get("/me/").status_code) == (200, 200)
    assert Fact.objects.get(name="accounts.session_ended").payload == {"user_id": user.pk, "session_id": lost.pk}
    assert "Phone" not in here.get("/me/security/").content.decode()


@pytest.mark.spec("B16")
def test_p12_nobody_ends_a_session_of_another_person():
    mine, other = typed_in(person()), typed_in(person())
    row = row_of(other)

    assert mine.post(f"/me/security/sessions/{row.pk}/end/", {"request_key": key()}).status_code == 404
    assert mine.post("/me/security/sessions/987654321/end/", {"request_key": key()}).status_code == 404
    assert other.get("/me/security/").status_code == 200


def test_the_session_in_use_is_not_ended_but_logged_out():
    client = typed_in(person())

    assert client.post(f"/me/security/sessions/{row_of(client).pk}/end/", {"request_key": key()}).status_code == 422
    assert client.get("/me/security/").status_code == 200


def test_sessions_that_have_run_out_are_not_listed():
    from django.contrib.sessions.models import Session

    user = person()
    here, gone = typed_in(user, "Here"), typed_in(user, "Forgotten")
    Session.objects.filter(session_key=gone.session.session_key).delete()

    assert "Forgotten" not in here.get("/me/security/").content.decode()
