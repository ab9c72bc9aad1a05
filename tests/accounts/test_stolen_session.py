"""What somebody can do with a session they found open: nothing that lasts, and nothing that is not told (P36, H17)."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import CompanyChange
from kernel.models import Fact
from tests.worlds import key, main_account, person, reauthenticate, registered_enterprise, verified_enterprise

from .test_changes import picture

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"


def open_session(user, *, recent: bool) -> Client:
    """A session that nobody has shown a password in lately."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if recent:
        reauthenticate(client)
    return client


@pytest.mark.spec("H19", "B16")
def test_p36_the_legal_representative_is_not_changed_without_the_password():
    firm = verified_enterprise()
    client = open_session(main_account(firm), recent=False)
    form = {"legal_representative": "窃贼", "licence": picture(), "legal_rep_id": picture("id.png"), "request_key": key(), "step": "send"}
    form["consent"] = "on"

    for answer in (client.get("/me/company/change/legal/"), client.post("/me/company/change/legal/", form)):
        assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert not CompanyChange.objects.exists()
    reauthenticate(client)
    assert client.post("/me/company/change/legal/", {**form, "licence": picture(), "legal_rep_id": picture("id.png")}).status_code == 302
    assert CompanyChange.objects.get().needs_second


@pytest.mark.spec("B16", "H17")
def test_p36_another_address_needs_the_password_and_the_old_one_is_told_of_it():
    owner = person("old@example.com")
    firm = verified_enterprise(owner=owner)
    EmailAddress.objects.create(user=owner, email="new@example.com", verified=True)
    act = {"action_primary": "", "email": "new@example.com"}

    answer = open_session(owner, recent=False).post("/accounts/email/", act)
    assert "reauthenticate" in answer["Location"] and EmailAddress.objects.get(primary=True).email == "old@example.com"
    assert mail.outbox == []

    client = open_session(owner, recent=True)
    client.post("/accounts/email/", act)
    assert EmailAddress.objects.get(primary=True).email == "new@example.com"
    assert [message.to for message in mail.outbox] == [["old@example.com"]]
    assert "new@example.com" in mail.outbox[0].body
    fact = Fact.objects.get(name="accounts.log_in_address_changed")
    assert fact.payload["what"] == "email_changed" and fact.links.get().chain == firm.chain
    assert "example.com" not in str(fact.payload) + str(fact.changes)

    client.post("/accounts/email/", {"action_remove": "", "email": "old@example.com"})
    assert [message.to for message in mail.outbox][1:] == [["old@example.com"]]
    assert Fact.objects.filter(name="accounts.log_in_address_changed").count() == 2


@pytest.mark.spec("H01")
def test_p12_the_handle_tells_no_applicant_who_else_is_here():
    first = verified_enterprise(handle="known-paper", name_en="Known Paper")
    owner = person()
    second = registered_enterprise(owner, name_en="Known Paper")
    assert first.handle in second.handle and first.handle != second.handle  # log-ins need different ones

    page = open_session(owner, recent=False).get("/me/company/").content.decode()
    assert second.name in page and "known-paper" not in page


@pytest.mark.spec("B16")
def test_a_session_is_another_one_after_the_log_in_and_old_ones_end_with_the_password():
    user = person()
    visitor = Client()
    visitor.get("/accounts/login/")
    visitor.session["planted"] = "1"
    session = visitor.session
    session["planted"] = "1"
    session.save()
    visitor.cookies["sessionid"] = session.session_key
    before = session.session_key

    assert visitor.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    assert visitor.session.session_key != before and Client(headers={"cookie": f"sessionid={before}"}).get("/me/").status_code != 200

    other = Client()
    other.login(username=user.username, password=PASSWORD)
    assert other.get("/me/security/").status_code == 200
    reauthenticate(visitor)
    changed = {"oldpassword": PASSWORD, "password1": "a-new-horse-77", "password2": "a-new-horse-77"}
    assert visitor.post("/accounts/password/change/", changed).status_code == 302
    assert other.get("/me/security/").status_code == 302


@pytest.mark.spec("B16")
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/logout/", "/accounts/password/reset/", "/accounts/freeze/", "/me/enterprise/"]
)
def test_log_in_and_log_out_need_the_token_of_our_own_form(path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.post(path, {"login": "x", "password": "y"}).status_code == 403
    assert client.get("/me/security/").status_code == 200  # still logged in


@pytest.mark.spec("B16")
@pytest.mark.parametrize("path", ["/me/", "/shop/team/", "/admin/", "/accounts/2fa/", "/me/export/"])
def test_the_second_factor_is_not_passed_by_going_straight_to_a_later_page(path, settings):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    firm = verified_enterprise()
    owner = main_account(firm)
    TOTP.activate(owner, generate_totp_secret())
    assert Authenticator.objects.filter(user=owner).exists()
    client = Client()
    answer = client.post(f"/accounts/login/?next={path}", {"login": owner.email, "password": PASSWORD})

    assert "/accounts/2fa/authenticate/" in answer["Location"]
    answer = client.get(path)
    assert answer.status_code == 302 and ("login" in answer["Location"] or "authenticate" in answer["Location"])
    assert "_auth_user_id" not in client.session
