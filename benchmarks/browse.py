"""W1: the market, deep in it, a category, an offer; as WSGI requests, against bare WSGI and a usual Django page on the same rows."""

import random
from urllib.parse import quote

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import connection

from catalog.models import Category, Listing
from catalog.queries.pages import write_cursor
from orders.models import Order

from .floor import Bare, get, usual_django
from .harness import Contender, compare
from .pages import dataset

PLACES = 400


def measure(listings: int, *, operations: int = 10, rounds: int = 5) -> list[dict]:
    """Every page at this many listings; each result also names its SQL statements and bytes."""
    dataset(listings)
    ours, usual, bare = get_wsgi_application(), usual_django(), Bare()
    places = _places()
    category = Category.objects.filter(listings__state="live").order_by("code").first()
    member = _signed_in()

    def at(i: int) -> tuple:
        return places[i % len(places)]

    def floor(i: int) -> str:
        pk, _no, _merit, published, category_id = at(i)
        return f"/l?c={category_id}&at={quote(published.isoformat())}&id={pk}"

    def deep(i: int) -> str:
        pk, _no, merit, published, _category = at(i)
        return f"/market/?after={write_cursor([0, merit, published, pk])}"

    def offer(i: int) -> str:
        return f"/goods/{at(i)[1]}/"

    cases = {
        "market": (lambda i: "/market/", ""),
        "market, deep": (deep, ""),
        "category": (lambda i: f"/market/c/{category.slug}/", ""),
        "newest, deep": (lambda i: f"/market/?sort=new&after={write_cursor([0, at(i)[3], at(i)[0]])}", ""),
        "market, member": (lambda i: "/market/", member),
    }
    results = []
    for title, (address, cookie) in cases.items():
        contenders = [
            Contender("ours", lambda i, a=address, c=cookie: get(ours, a(i), c)),
            Contender("usual Django, list", lambda i: get(usual, floor(i))),
            Contender("bare WSGI, list", lambda i: get(bare, floor(i)), pid=bare.backend_pid),
        ]
        results.append(_one(f"{title}, {listings} listings", contenders, ours, address(0), cookie, operations, rounds))
    contenders = [
        Contender("ours", lambda i: get(ours, offer(i))),
        Contender("usual Django, one row", lambda i: get(usual, f"/d/{at(i)[1]}")),
        Contender("bare WSGI, one row", lambda i: get(bare, f"/d/{at(i)[1]}"), pid=bare.backend_pid),
    ]
    results.append(_one(f"offer, {listings} listings", contenders, ours, offer(0), "", operations, rounds))
    return results


def _one(title, contenders, ours, address, cookie, operations, rounds) -> dict:
    get(ours, address, cookie)
    seen: list[str] = []
    with connection.execute_wrapper(lambda execute, sql, *more: (seen.append(sql), execute(sql, *more))[1]):
        size = len(get(ours, address, cookie))
    result = compare(title, contenders, operations=operations, rounds=rounds)
    print(f"  {len(seen)} SQL, {size} bytes")
    return result | {"sql": len(seen), "bytes": size}


def _places() -> list[tuple]:
    rng = random.Random(7)
    last = Listing.objects.order_by("-pk").values_list("pk", flat=True)[0]
    wanted = [rng.randint(1, last) for _ in range(PLACES)]
    return list(Listing.objects.filter(pk__in=wanted, state="live").values_list("pk", "no", "merit", "published_at", "category_id"))


def _signed_in() -> str:
    """The cookie of a member with goods of their own."""
    user = Order.objects.filter(state="shipped").first().proposer.memberships.get(is_main=True).user
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}"
