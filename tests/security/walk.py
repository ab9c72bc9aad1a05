"""Walking the resolver: the names of our URLs, their paths in the scene, and the same paths with objects that do not exist."""

from dataclasses import dataclass

from django.urls import URLPattern, get_resolver, reverse

from tests.architecture.expectations import DENIED, EXPECTATIONS, LOGIN, MISSING, OK, REFUSED, Url

OWN = ("accounts/freeze/",)
OTHERS = ("accounts/", "admin/")  # allauth's and the admin's, walked by test_admin.py and test_fuzz.py
NEVER_THERE = {int: 987_654_321, str: "G00000000000"}


@dataclass(frozen=True)
class Pattern:
    name: str
    route: str


def patterns(resolver=None, space: str = "", prefix: str = ""):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Pattern(":".join(filter(None, [space, entry.name or ""])), route)
        else:
            yield from patterns(entry, ":".join(filter(None, [space, entry.namespace])), route)


def ours() -> set[str]:
    return {p.name for p in patterns() if p.route.startswith(OWN) or not p.route.startswith(OTHERS)}


def declared(*, post: bool = False) -> list[tuple[str, Url]]:
    known = ours()
    return [(name, url) for name, url in EXPECTATIONS.items() if name in known and (url.post if post else url.get)]


def place(world, name: str) -> str:
    url = EXPECTATIONS[name]
    path = reverse(name, kwargs={key: world.at(path) for key, path in url.path.items()})
    return f"{path}?{url.query.format(rows=world.rows)}" if url.query else path


def nowhere(world, name: str) -> str:
    """The same URL about something that does not exist."""
    return reverse(name, kwargs={key: NEVER_THERE[type(world.at(path))] for key, path in EXPECTATIONS[name].path.items()})


def acting(url: Url) -> str:
    return "buyer" if url.party == "buyer" else "seller"


def expected(url: Url, who: str, *, boxed: str = "") -> object:
    """What a person gets: a set of statuses, or LOGIN. `boxed` says for sub-accounts: none, needed, others."""
    allowed = set(url.status) if url.get else OK
    if url.kind == "public":
        return allowed
    if who == "anonymous":
        return LOGIN
    if who in ("frozen", "closed") and not url.frozen:
        return DENIED  # the notice page, whatever was asked for
    if url.kind == "person":
        return allowed
    if who in url.may:
        return allowed
    if url.kind == "people":
        return MISSING | DENIED
    if url.kind == "main":  # with a party: about an object of that party's
        own = who == url.party if url.party else who in ("seller", "buyer", "stranger", "pending")
        return allowed if own else MISSING | DENIED
    if who.endswith("_sub"):
        return allowed if boxed == "needed" or url.capability is None else DENIED
    if url.kind == "company":  # its main account reads it in every state; whoever has none is led to registration
        return {302} if who in ("individual", "reviewer", "finance", "service", "staff") else allowed
    if who == "frozen":
        return MISSING | REFUSED
    if who == "pending" and (url.kind == "object" or url.capability.verified):
        return MISSING | REFUSED
    if who in ("individual", "reviewer", "finance", "service", "staff") or (who == "pending" and url.kind == "object"):
        return MISSING | DENIED
    if url.kind == "object" and who == "stranger":
        return MISSING
    return allowed


def is_login(response) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


def none(findings) -> None:
    """Fail with every finding on a line of its own."""
    told = [finding for finding in findings if finding]
    assert told == [], "\n" + "\n".join(told)
