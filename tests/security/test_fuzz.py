"""No input makes an error page of ours: whatever is typed, the answer is below 500 (P38)."""

import re
import zlib
from urllib.parse import quote

import pytest
from django.db import transaction
from django.urls import reverse

from tests.architecture.expectations import EXPECTATIONS
from tests.architecture.source import sources

from .walk import acting, declared, none, patterns, place

pytestmark = pytest.mark.django_db

ASKED = re.compile(r"GET\.get(?:list)?\(\s*\"([\w-]+)\"|_number\(request, \"(\w+)\"|GET\[\"(\w+)\"\]")
FIELD = re.compile(r"^    (\w+) = (?:forms\.|\w+Field\(|_\w+\()", re.M)
HOSTILE = ["\x00", "a\x00b", "٣１２", "1e309", "-1", "9" * 40, "x" * 5_000, "' OR 1=1 --{{ 7*7 }}%s{0}", "2026-02-30", "../../etc/passwd"]
RAW = [b"%ff%fe%ED%A0%80%zz%"]  # as the wire may have it: invalid UTF-8, a lone surrogate, half an escape
QUERIES = [HOSTILE[i] for i in (0, 2, 3, 4, 5, 6)]


def asked_names() -> list[str]:
    names = {name for s in sources() if s.part == "views" for match in ASKED.findall(s.text) for name in match if name}
    return sorted(names | {"q", "before", "after", "tab", "page", "next"})


def field_names() -> list[str]:
    return sorted({name for s in sources() if s.part == "forms" for name in FIELD.findall(s.text)} | {"request_key", "next", "language"})


@pytest.fixture
def share(request):
    """Every other value for a page, another half for the next one; all of them in the slow run."""
    thorough = request.config.option.markexpr != "not slow"
    return lambda values, name: values if thorough else values[zlib.crc32(name.encode()) % 2 :: 2]


def status(call) -> int:
    with transaction.atomic():
        code = call().status_code
        transaction.set_rollback(True)
    return code


def eyes(url) -> str:
    return url.may[0] if url.may else acting(url)


def test_no_query_breaks_a_page(world, share):
    findings, names = [], asked_names()
    for name, url in declared():
        client, path = world.clients[eyes(url)], place(world, name).split("?")[0]
        queries = ["&".join(f"{key}={quote(value)}" for key in names) for value in QUERIES]
        queries += ["&".join(f"{key}={raw.decode('latin-1')}" for key in names) for raw in RAW]
        queries += ["&".join(f"{key}={value}" for key in names for value in ("1", "b", "-5"))]
        for query in share(queries, name):
            code = status(lambda client=client, path=path, query=query: client.get(path, QUERY_STRING=query))
            if code >= 500:
                findings.append(f"{name} breaks ({code}) on {query.split('=', 1)[1].split('&')[0][:30]!r}")

    none(findings)


def test_no_path_breaks_a_page(world, share):
    findings = []
    for pattern in patterns():
        if pattern.name not in EXPECTATIONS or not EXPECTATIONS[pattern.name].path:
            continue
        for value in share(("a%00b", "%ff", "9" * 30, "-1", "x" * 3000, "%F0%9F%A6%9C", "%0d%0aX:1"), pattern.name):
            path = "/" + re.sub(r"<[^>]+>", value, pattern.route)
            code = status(lambda path=path: world.clients["seller"].get(path))
            if code >= 500:
                findings.append(f"{pattern.name} breaks ({code}) on {value[:20]!r}")

    none(findings)


def test_no_posted_value_breaks_a_form(world, share):
    findings, names = [], field_names()
    for name, url in declared(post=True):
        client, path = world.clients[eyes(url)], place(world, name)
        bodies = [{**dict.fromkeys(names, value), "request_key": "k" * 20} for value in QUERIES]
        bodies += [dict.fromkeys(names, value) for value in HOSTILE[1:3]]
        bodies += [{key: ["1", "b"] for key in names}]
        for body in share(bodies, name):
            code = status(lambda client=client, path=path, body=body: client.post(path, body))
            if code >= 500:
                findings.append(f"{name} breaks ({code}) on {str(body['next'])[:30]!r} key {body['request_key']!r:.24}")

    none(findings)


def test_no_broken_body_breaks_a_form(world, share):
    bodies = [
        (b"a=%ff%fe&request_key=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf", "multipart/form-data; boundary=x"),
        (b"no boundary at all", "multipart/form-data"),
        (b"&".join(b"f%d=1" % n for n in range(600)), "application/x-www-form-urlencoded"),
        (b"x", "text/plain; charset=no-such-charset"),
    ]  # fmt: skip
    findings = []
    for name, url in declared(post=True):
        for body, kind in share(bodies, name):
            code = status(lambda: world.clients[eyes(url)].generic("POST", place(world, name), body, content_type=kind))  # noqa: B023
            if code >= 500:
                findings.append(f"{name} breaks ({code}) on {kind}: {body[:24]!r}")

    none(findings)


def test_unused_methods_are_refused_without_a_trace(world):
    findings = []
    for name, url in EXPECTATIONS.items():
        if name == "styleguide":
            continue
        for method in ("DELETE", "OPTIONS", "HEAD"):
            answer = world.clients[eyes(url)].generic(method, place(world, name))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if answer.status_code >= 500 or b"Traceback" in body:
                findings.append(f"{method} {name}: {answer.status_code}")
        if not url.get:
            answer = world.clients[eyes(url)].get(place(world, name))
            if answer.status_code not in (302, 405):
                findings.append(f"GET {name}: {answer.status_code}")

    none(findings)


def test_borrowed_pages_take_any_query(world):
    names = ["account_login", "account_signup", "account_reset_password", "account_email", "mfa_index", "usersessions_list", "admin:index"]
    findings = []
    for name in names:
        for who in ("anonymous", "seller", "reviewer"):
            for value in HOSTILE[:6:2]:
                code = status(lambda: world.clients[who].get(reverse(name), {"next": value, "q": value, "p": value}))  # noqa: B023
                if code >= 500:
                    findings.append(f"{name} breaks for {who} ({code}) on {value[:30]!r}")

    none(findings)
