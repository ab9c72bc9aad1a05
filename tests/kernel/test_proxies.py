"""Whose address counts when proxies stand in front: never one that the visitor made up (P36)."""

import pytest
from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings

from kernel.checks import proxies_are_known
from kernel.models import Fact, PersonalValue
from kernel.proxies import ClientAddressMiddleware
from tests.worlds import person

PROXY, SECOND, VISITOR = "10.0.0.7", "10.0.0.8", "203.0.113.9"


def seen(peer: str, forwarded: str | None, trusted: list[str]) -> str:
    """The address that everything behind the middleware sees; allauth must see the same."""
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    with override_settings(TRUSTED_PROXIES=trusted):
        ClientAddressMiddleware(lambda request: None)(request)
    assert "x-forwarded-for" not in request.headers
    assert get_adapter().get_client_ip(request) == request.META["REMOTE_ADDR"]
    return request.META["REMOTE_ADDR"]


@pytest.mark.spec("B16")
@pytest.mark.parametrize(
    "peer,forwarded,trusted,wanted",
    [
        (VISITOR, "1.2.3.4", [], VISITOR),  # nobody is trusted
        (VISITOR, "1.2.3.4", [PROXY], VISITOR),  # round the proxy
        (PROXY, VISITOR, [PROXY], VISITOR),
        (PROXY, f"1.2.3.4, {VISITOR}", [PROXY], VISITOR),  # the visitor sent the header, the proxy appended
        (PROXY, f"1.2.3.4, {PROXY}, {VISITOR}", [PROXY], VISITOR),  # and pretended to be a proxy
        (PROXY, f"1.2.3.4, {VISITOR}, {SECOND}", ["10.0.0.0/24"], VISITOR),  # two proxies in a row
        (PROXY, f"{VISITOR}, {SECOND}", [PROXY], SECOND),  # the second one is not ours: it is the visitor
        (PROXY, "nonsense", [PROXY], PROXY),
        (PROXY, f"{VISITOR}, nonsense, {SECOND}", ["10.0.0.0/24"], SECOND),
        (PROXY, "", [PROXY], PROXY),
        (PROXY, None, [PROXY], PROXY),
        (PROXY, f"{VISITOR}:4711", [PROXY], VISITOR),
        ("fd00::1", "[2001:db8::5]:443", ["fd00::/64"], "2001:db8::5"),
        (f"::ffff:{PROXY}", VISITOR, [PROXY], VISITOR),
    ],
)
def test_the_address_is_the_nearest_one_that_no_trusted_proxy_has(peer, forwarded, trusted, wanted):
    assert seen(peer, forwarded, trusted) == wanted


@override_settings(TRUSTED_PROXIES=[PROXY])
def test_whether_tls_was_used_is_believed_of_trusted_proxies_only():
    def secure(peer: str) -> bool:
        request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
        ClientAddressMiddleware(lambda request: None)(request)
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
            return request.is_secure()

    assert secure(PROXY) and not secure(VISITOR)


@pytest.mark.spec("B16")
@pytest.mark.django_db
@override_settings(TRUSTED_PROXIES=[PROXY])
def test_log_sessions_and_limits_see_the_visitor_behind_the_proxy():
    cache.clear()
    user = person()
    visitor = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=f"1.2.3.4, {VISITOR}")
    visitor.post("/accounts/login/", {"login": user.email, "password": "correct-horse-7"})

    fact = Fact.objects.get(name="accounts.logged_in")
    assert UserSession.objects.get(user=user).ip == VISITOR
    assert PersonalValue.objects.get(pk=fact.personal["ip"][0]).value == VISITOR


@pytest.mark.spec("B16")
@pytest.mark.django_db
@override_settings(TRUSTED_PROXIES=[PROXY])
def test_made_up_headers_do_not_get_round_the_limit_and_other_visitors_are_not_locked_out():
    cache.clear()
    told = []
    for n in range(14):  # another name and another made-up address each time, one network
        spoofer = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, {VISITOR}")
        told.append(spoofer.post("/accounts/login/", {"login": f"name{n}@example.com", "password": "wrong"}).content.decode())
    other = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR="203.0.113.77")
    user = person()

    assert "失败次数过多" in told[-1] and "失败次数过多" not in told[0]
    assert other.post("/accounts/login/", {"login": user.email, "password": "correct-horse-7"}).status_code == 302


@pytest.mark.parametrize(
    "behind,trusted,codes",
    [
        (False, [], []),
        (True, ["10.0.0.7"], []),
        (True, [], ["kernel.E007"]),
        (True, ["proxy.internal"], ["kernel.E006"]),
        (True, ["0.0.0.0/0"], ["kernel.E008"]),
    ],
)
def test_the_deployment_check_wants_the_proxies_named(settings, behind, trusted, codes):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    settings.TRUSTED_PROXIES = trusted

    assert [error.id for error in proxies_are_known(None)] == codes
