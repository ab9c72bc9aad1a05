"""Every answer carries the headers that keep a browser from being turned against its user (P40)."""

import pytest
from django.urls import reverse

from .walk import declared, is_login, none, place

pytestmark = pytest.mark.django_db

CSP = {
    "default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"], "img-src": ["'self'", "data:"], "font-src": ["'self'"],
    "connect-src": ["'self'"], "form-action": ["'self'"], "base-uri": ["'none'"], "frame-ancestors": ["'none'"], "manifest-src": ["'self'"],
    "media-src": ["'self'"],
}  # fmt: skip
# What a listing on sale shows is everybody's under an address of its content, whoever asks; it may be kept by shared caches, and so
# must never carry anything of the person who asked.
SANDBOX = {"sandbox": [], "default-src": ["'none'"]}
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
BORROWED = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_email",
    "account_change_password",
    "mfa_index",
    "admin:login",
)


def policy(response) -> dict:
    directives = filter(None, (part.split() for part in response.headers.get("Content-Security-Policy", "").split(";")))
    return {words[0]: words[1:] for words in directives}


def lacks(response, *, private: bool):
    allowed = (
        [SANDBOX]
        if "attachment" in response.get("Content-Disposition", "") or response.headers["Content-Type"].startswith("image/")
        else []
    )
    if policy(response) not in [CSP, *allowed]:
        yield f"policy {policy(response)}"
    yield from (f"{name}: {response.headers.get(name)}" for name, value in FIXED.items() if response.headers.get(name) != value)
    if len(response.headers.get("X-Request-ID", "")) < 16:
        yield "no request id"
    if private and not {"private", "no-store"} & set(response.headers.get("Cache-Control", "").replace(" ", "").split(",")):
        yield f"Cache-Control {response.headers.get('Cache-Control')}"
    for name, cookie in response.cookies.items():
        if not cookie["samesite"] or (name in ("sessionid", "csrftoken") and not cookie["httponly"]):
            yield f"cookie {name}: samesite={cookie['samesite']!r} httponly={cookie['httponly']!r}"


SHARED = {"catalog:media", "catalog:robots", "catalog:sitemap", "catalog:sitemap_part"}  # nothing of the visitor is in them


def test_every_answer_carries_the_headers(world):
    findings = []
    for name, url in declared():
        for who in ("anonymous", "seller", "buyer", "stranger"):
            response = world.clients[who].get(place(world, name))
            private = name not in SHARED and (who != "anonymous" or (url.kind != "public" and not is_login(response)))
            if name in SHARED and response.cookies:
                findings.append(f"{name} for {who}: a shared answer sets {sorted(response.cookies)}")
            findings += [f"{name} for {who} ({response.status_code}): {what}" for what in lacks(response, private=private)]

    none(findings)


def test_borrowed_pages_and_errors_carry_them_too(world):
    findings = []
    for who in ("anonymous", "seller"):
        client = world.clients[who]
        answers = {name: client.get(reverse(name)) for name in BORROWED}
        answers |= {
            "404": client.get("/no/such/page/"),
            "405": client.delete(reverse("set_language")),
            "static": client.get("/static/none.css"),
        }
        for name, answer in answers.items():
            private = who == "seller" and answer.status_code == 200
            findings += [f"{name} for {who}: {what}" for what in lacks(answer, private=private)]

    none(findings)


def test_an_unknown_host_is_refused(world):
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost:80@evil.example"):
        assert world.clients["anonymous"].get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)", "/\t/evil.example"],
)
def test_no_redirect_leaves_the_site(world, target):
    answers = [
        world.clients["seller"].post(reverse("set_language"), {"language": "en", "next": target}),
        world.clients["seller"].get(reverse("account_login"), {"next": target}),
        world.clients["seller"].get("/admin/login/", {"next": target}),
    ]

    assert [
        a["Location"] for a in answers if "evil" in a.get("Location", "").split("?")[0] or a.get("Location", "").startswith("javascript")
    ] == []
