"""What keeps a log-in its owner's: the password asked for again, the second factor of the staff, the page that shows it all."""

import statistics
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings as site
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.facts import PasswordChanged, SecondFactorChanged
from accounts.models import User
from kernel.models import Fact
from kernel.services import deliver_due
from messaging.models import Notice
from tests.accounts import probe_urls
from tests.worlds import main_account, person, reauthenticate, staff_user, sub_account, verified_enterprise

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-7"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def probe(settings):
    settings.ROOT_URLCONF = "tests.accounts.probe_urls"
    probe_urls.SENT.clear()
    return probe_urls.SENT


def code_of(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def enrolled(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


# ---------- the password asked for again ----------


@pytest.mark.spec("B16")
@pytest.mark.parametrize("path", ["/probe/", "/act/"])
def test_a_weighty_form_waits_for_the_password_and_is_then_sent_as_it_was_typed(probe, path):
    client = signed_in(main_account(verified_enterprise()))

    asked = client.post(path, {"account": "6222 0000 1111", "boxes": ["trade", "ship"]})
    assert (asked.status_code, asked["Location"]) == (302, f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}")
    assert probe == []
    assert "6222" not in str(dict(client.session))

    wrong = client.post("/accounts/reauthenticate/", {"password": "wrong", "next": path})
    assert wrong.status_code == 200 and probe == []
    back = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": path})
    assert (back.status_code, back["Location"]) == (302, path)
    assert client.get(path).content == b"done"

    assert probe == [{"account": "6222 0000 1111", "boxes": "ship"}]
    client.get(path)
    assert len(probe) == 1  # reloading the page sends nothing again
    assert client.post(path, {"account": "1"}).content == b"done"  # within the window nobody is asked again


@pytest.mark.spec("B16")
def test_the_password_counts_for_a_while_only(probe, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 60
    client = signed_in(main_account(verified_enterprise()))
    reauthenticate(client)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 61
    session.save()

    assert client.post("/probe/", {"a": "1"}).status_code == 302
    assert probe == []


def test_a_kept_form_is_for_its_own_person_and_page(probe):
    client = signed_in(main_account(verified_enterprise()))
    client.post("/probe/", {"a": "1"})
    reauthenticate(client)

    assert client.get("/probe/?other").content == b"<form>"
    assert client.get("/probe/").content == b"<form>"  # thrown away by the visit to the other page
    assert probe == []


def test_files_are_not_kept_and_pages_with_uploads_ask_before_anything_is_typed(probe):
    client = signed_in(main_account(verified_enterprise()))

    assert client.get("/uploading/").status_code == 302
    assert client.get("/probe/").status_code == 200
    client.post("/probe/", {"a": "1", "file": SimpleUploadedFile("x.pdf", b"%PDF")})
    reauthenticate(client)
    assert client.get("/probe/").content == b"<form>"
    assert probe == []


def test_who_is_not_logged_in_is_led_to_the_log_in(probe):
    assert Client().post("/probe/", {"a": "1"})["Location"].startswith("/accounts/login/")
    assert probe == []


# ---------- second factor ----------


@pytest.mark.spec("B16")
def test_staff_without_a_second_factor_reach_its_set_up_and_nothing_of_the_back_office(settings):
    settings.STAFF_SECOND_FACTOR = True
    user = staff_user("accounts.view_enterprise", "accounts.view_qualificationdocument")
    client = signed_in(user)

    for path in ("/admin/", "/admin/accounts/enterprise/", "/admin/accounts/enterprise/1/change/", "/admin/nowhere/"):
        for answer in (client.get(path), client.post(path)):
            assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/"), path
    enrolled(user)
    assert client.get("/admin/").status_code == 200


@pytest.mark.spec("B16")
def test_a_superuser_is_not_exempt(settings):
    settings.STAFF_SECOND_FACTOR = True
    user = staff_user()
    User.objects.filter(pk=user.pk).update(is_superuser=True)

    assert signed_in(user).get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"


@pytest.mark.spec("B16")
def test_outside_the_back_office_staff_without_a_second_factor_hold_no_powers(settings, rf):
    from accounts.queries import actor_of

    user = staff_user("accounts.view_enterprise")
    request = rf.get("/")
    request.user, request.session, request.request_id = user, {}, "r"

    settings.STAFF_SECOND_FACTOR = True
    assert (actor_of(request).kind, actor_of(request).staff_permissions) == ("person", frozenset())
    enrolled(user)
    assert (actor_of(request).kind, actor_of(request).can_staff("accounts.view_enterprise")) == ("staff", True)


@pytest.mark.spec("B16")
def test_staff_cannot_give_up_their_last_second_factor(settings):
    settings.STAFF_SECOND_FACTOR = True
    user, member = staff_user(), main_account(verified_enterprise())
    for who in (user, member):
        enrolled(who)
        client = signed_in(who)
        reauthenticate(client)
        client.post("/accounts/2fa/totp/deactivate/")

    assert Authenticator.objects.filter(user=user).count() == 1
    assert Authenticator.objects.filter(user=member).count() == 0


@pytest.mark.spec("B16")
def test_a_person_sets_up_one_time_codes_and_needs_them_from_then_on(django_capture_on_commit_callbacks):
    user = main_account(verified_enterprise())
    client = signed_in(user)
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    reauthenticate(client)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

    other = Client()
    first = other.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert first["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in other.session
    assert other.get("/me/").status_code == 302
    other.post("/accounts/2fa/authenticate/", {"code": code_of(secret, 1)})
    assert other.session["_auth_user_id"] == str(user.pk)
    assert [f.payload["what"] for f in Fact.objects.filter(name=SecondFactorChanged.fact_name)] == ["totp_activated"]


@pytest.mark.spec("B16")
def test_the_secret_of_the_codes_is_sealed_in_the_database():
    secret = enrolled(person())

    kept = Authenticator.objects.get().data["secret"]
    assert secret not in kept and get_adapter().decrypt(kept) == secret


def test_a_change_of_the_second_factor_is_told_to_its_person():
    user = main_account(verified_enterprise())
    enrolled(user)
    client = signed_in(user)
    reauthenticate(client)
    client.post("/accounts/2fa/totp/deactivate/")
    deliver_due()

    assert [n.recipient_id for n in Notice.objects.all()] == [user.pk]


# ---------- limits ----------


@pytest.mark.spec("B16")
def test_p36_wrong_passwords_are_limited_by_account_whatever_name_and_host_are_used(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "100/m/ip,5/300s/key"}
    user = main_account(verified_enterprise())

    for n in range(5):
        Client().post(
            "/accounts/login/", {"login": [user.email, user.username][n % 2], "password": f"wrong {n}"}, headers={"host": f"h{n}.example"}
        )
    shut = Client()
    answer = shut.post("/accounts/login/", {"login": user.email.upper(), "password": PASSWORD}, headers={"host": "other.example"})

    assert "_auth_user_id" not in shut.session
    assert "5 分钟" in answer.content.decode()


@pytest.mark.spec("B16")
def test_p36_the_answer_of_the_limit_is_the_same_for_nobody():
    def words(login):
        cache.clear()
        for n in range(5):
            Client().post("/accounts/login/", {"login": login, "password": f"wrong {n}"})
        page = Client().post("/accounts/login/", {"login": login, "password": "wrong"})
        return page.status_code, page.content.decode().replace(login, "").split("<main")[1].split("csrfmiddlewaretoken")[0]

    firm = verified_enterprise()
    known = words(main_account(firm).email)
    assert known == words("nobody@example.com") == words(f"{firm.handle}/nobody") == words(sub_account(firm).username)


@pytest.mark.spec("B16")
def test_p36_second_factor_tries_are_limited():
    user = person()
    secret = enrolled(user)
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    for n in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": f"00000{n}"})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert "_auth_user_id" not in client.session


@pytest.mark.spec("B16")
def test_p36_the_back_office_has_no_log_in_of_its_own():
    answer = Client().post("/admin/login/", {"username": "x", "password": "y"})

    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


@pytest.mark.spec("B16")
def test_a_passing_limit_answers_429_in_our_words():
    for _n in range(40):
        answer = Client().post("/accounts/login/", {"login": "x", "password": "y"})
    page = answer.content.decode()

    assert answer.status_code == 429
    assert "<h1>" in page and "五分钟" in page


# ---------- forgotten passwords ----------


@pytest.mark.spec("H09")
def test_a_reset_link_works_once_ends_old_sessions_and_does_not_pass_the_second_factor():
    user = main_account(verified_enterprise())
    secret, old = enrolled(user), signed_in(user)
    Client().post("/accounts/password/reset/", {"email": user.email})
    link = next(word for word in mail.outbox[0].body.split() if "/accounts/password/reset/key/" in word)
    path = link.partition("//")[2].partition("/")[2]

    fresh = Client()
    form = fresh.get(f"/{path}")["Location"]
    fresh.post(form, {"password1": "another horse 9", "password2": "another horse 9"})

    user.refresh_from_db()
    assert user.check_password("another horse 9")
    assert old.get("/me/").status_code == 302  # the old session is at the log-in
    assert fresh.get("/me/").status_code == 302  # and the new password alone opens nothing
    again = Client()
    again.post(again.get(f"/{path}", follow=True).request["PATH_INFO"], {"password1": "a third horse 9", "password2": "a third horse 9"})
    user.refresh_from_db()
    assert user.check_password("another horse 9")
    assert Fact.objects.filter(name=PasswordChanged.fact_name).count() == 1
    entering = Client()
    entering.post("/accounts/login/", {"login": user.email, "password": "another horse 9"})
    entering.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert entering.session["_auth_user_id"] == str(user.pk)


@pytest.mark.spec("H08")
def test_the_log_in_has_a_hint_about_caps_lock():
    page = Client().get("/accounts/login/").content.decode()

    assert 'data-capslock="id_password_caps"' in page and 'id="id_password_caps"' in page


# ---------- nobody learns who is here ----------


def hashes_and_answer(call, monkeypatch) -> tuple[int, int]:
    from django.contrib.auth.hashers import MD5PasswordHasher

    cache.clear()
    counted, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *args: counted.append(1) or encode(self, *args))
    answer = call()
    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    return len(counted), answer.status_code


@pytest.mark.spec("B16")
def test_p36_reset_and_sign_up_answer_alike_for_known_and_unknown(monkeypatch):
    known = main_account(verified_enterprise()).email
    new = {"display_name": "林一", "password1": "brand new 2026", "password2": "brand new 2026"}

    def reset(email):
        return hashes_and_answer(lambda: Client().post("/accounts/password/reset/", {"email": email}), monkeypatch)

    def sign_up(email):
        return hashes_and_answer(lambda: Client().post("/accounts/signup/", {**new, "email": email}), monkeypatch)

    assert reset(known) == reset("nobody@example.com") == (0, 302)
    assert len(mail.outbox) == 2  # both get a mail: it goes to the owner of the address only
    assert sign_up(known) == sign_up("somebody@example.com") == (1, 302)
    assert len(mail.outbox) == 4


@pytest.mark.slow
@pytest.mark.spec("B16")
def test_p36_log_in_reset_and_sign_up_take_as_long_for_known_and_unknown(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    firm = verified_enterprise()
    owner, sub = main_account(firm), sub_account(firm)
    new = {"display_name": "林一", "password1": "brand new 2026", "password2": "brand new 2026"}
    acts = {
        "log-in": ("/accounts/login/", "login", {"password": "wrong"}, owner.email, "nobody{}@example.com"),
        "sub-account": ("/accounts/login/", "login", {"password": "wrong"}, sub.username, firm.handle + "/nobody{}"),
        "another company": ("/accounts/login/", "login", {"password": "wrong"}, sub.username, "nofirm{}/sub"),
        "reset": ("/accounts/password/reset/", "email", {}, owner.email, "nobody{}@example.com"),
        "sign-up": ("/accounts/signup/", "email", new, owner.email, "newcomer{}@example.com"),
    }
    for user in (owner, sub):
        user.set_password(PASSWORD)
        user.save()
    for name, (path, field, rest, known, unknown) in acts.items():
        taken: dict[str, list[float]] = {"known": [], "unknown": []}
        for n in range(15):
            for kind, login in (("known", known), ("unknown", unknown.format(n))):
                cache.clear()
                began = time.perf_counter()
                Client().post(path, {field: login, **rest})
                taken[kind].append(time.perf_counter() - began)
        a, b = (statistics.median(times) for times in taken.values())
        # a mail and a few statements of difference are nothing beside a hash, and nothing by themselves over a network
        assert abs(a - b) / max(a, b) < 0.25 or abs(a - b) < 0.004, (name, a, b)


# ---------- the page ----------


@pytest.mark.spec("B16")
def test_the_page_of_ones_own_security_shows_factors_sessions_and_log_ins():
    user = main_account(verified_enterprise())
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    enrolled(user)
    RecoveryCodes.activate(user)
    page = client.get("/me/security/").content.decode()

    assert "203.0.113.9" in page
    assert page.count("<h1") == 1
    for path in ("/accounts/password/change/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/webauthn/add/", "/accounts/sessions/"):
        assert f'href="{path}"' in page


@pytest.mark.spec("B16")
def test_other_sessions_are_ended_from_the_list():
    user = main_account(verified_enterprise())
    first, second = Client(), Client()
    for client in (first, second):
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert client.get("/me/").status_code == 200
    page = first.get("/accounts/sessions/").content.decode()
    assert page.count("127.0.0.1") == 2

    first.post("/accounts/sessions/")
    assert (first.get("/me/").status_code, second.get("/me/").status_code) == (200, 302)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "totp/activate/",
        "totp/deactivate/",
        "recovery-codes/",
        "recovery-codes/generate/",
        "webauthn/",
        "webauthn/add/",
        "reauthenticate/",
    ],
)
def test_every_page_of_the_second_factor_wears_our_design(path, language):
    user = main_account(verified_enterprise())
    if path != "totp/activate/":
        enrolled(user)
        RecoveryCodes.activate(user)
    client = signed_in(user)
    client.cookies[site.LANGUAGE_COOKIE_NAME] = language
    reauthenticate(client)
    page = client.get(f"/accounts/2fa/{path}").content.decode()

    assert page.count("<h1") == 1 and "style=" not in page
