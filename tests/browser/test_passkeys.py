"""A passkey from its registration to its use in a real browser, with the browser's own virtual authenticator (B16, P36)."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore

from kernel.models import Fact
from tests.worlds import main_account, verified_enterprise

from .test_journey import PASSWORD, chromium, open_browser, sound  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


def with_device(page):
    """Give the page's browser an authenticator that says yes at once; returns the session that it is spoken to by, and its id."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def types_password(page, user) -> None:
    page.goto("/accounts/login/")
    page.fill("main input[name=login]", user.email)
    page.fill("main input[name=password]", PASSWORD)
    page.click("main form button.primary")


def add_passkey(page) -> None:
    """Register one as a person does; the password is asked for again on the way."""
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        sound(page)
        page.fill("main input[name=password]", PASSWORD)
        page.click("main form button.primary")
        page.wait_for_url("**/webauthn/add/")
    sound(page)
    page.fill("main input[name=name]", "Work laptop")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)


def grown_old(page) -> None:
    """Let the last proof of who this is be an hour old."""
    cookie = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
    session = SessionStore(session_key=cookie)
    for proof in session["account_authentication_methods"]:
        proof["at"] -= 3600
    session.save()


@pytest.mark.spec("B16")
@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_a_passkey_is_registered_used_to_log_in_and_asked_for_before_a_weighty_act(open_browser, settings, language, width):  # noqa: F811
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost
    user = main_account(verified_enterprise())
    page = open_browser(user, language=language, width=width)
    devtools, device = with_device(page)

    add_passkey(page)
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.WEBAUTHN)
    assert len(devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    assert Fact.objects.filter(name="accounts.second_factor_changed", payload__what="webauthn_added").exists()
    page.goto("/me/security/")
    sound(page)

    page.goto("/accounts/logout/")
    page.click("main form button")
    page.wait_for_url(lambda url: "/logout/" not in url)
    types_password(page, user)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.goto("/me/")
    assert "/me/" not in page.url.partition("?")[0]  # the password alone opens nothing
    page.goto("/accounts/2fa/authenticate/")
    sound(page)
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url("**/me/")
    kept.refresh_from_db()
    assert kept.last_used_at is not None

    grown_old(page)
    page.goto("/me/company/change/bank/")
    assert "/accounts/" in page.url and "next=" in page.url
    if page.locator("#mfa_webauthn_reauthenticate").count() == 0:
        page.click("main a[href*='reauthenticate/webauthn']")
    sound(page)
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url("**/me/company/change/bank/")


@pytest.mark.spec("B16")
def test_a_device_without_the_passkey_does_not_get_in_and_is_told(open_browser, settings):  # noqa: F811
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    user = main_account(verified_enterprise())
    page = open_browser(user)
    with_device(page)
    add_passkey(page)

    other = open_browser()
    with_device(other)
    types_password(other, user)
    other.wait_for_url("**/accounts/2fa/authenticate/")
    other.click("#mfa_webauthn_authenticate")

    other.wait_for_selector("[data-passkey-error]:not([hidden])", timeout=30_000)
    other.goto("/me/")
    assert "/accounts/" in other.url
