"""Market page and order detail through the whole of Django, against raw rows put into strings (the limit on this machine)."""

from django.db import connection
from django.test import Client

from accounts.models import Enterprise
from catalog.models import Category, Listing
from orders.models import Order
from seed.demo import build_demo
from seed.stress import add_listings

from .harness import Contender, compare

ROWS = (
    "SELECT no, title_zh, price_minor, place, published_at FROM catalog_listing"
    " WHERE state = 'live' ORDER BY published_at DESC, id DESC LIMIT 20"
)
WORDS = ["双胶纸", "螺纹钢", "叉车", "linerboard", "pump", "口罩"]


def dataset(listings: int) -> None:
    """A demo market and as many listings as asked for."""
    if not Enterprise.objects.exists():
        build_demo(1, listings=200, orders=40, say=print)
    missing = listings - Listing.objects.count()
    if missing > 0:
        add_listings(missing, 1, say=print)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def limit_list(_i: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return (
            "<ul>"
            + "".join(f"<li>{no} {title} {price / 100:.2f} {place} {at:%Y-%m-%d}</li>" for no, title, price, place, at in cursor)
            + "</ul>"
        )


def page(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content


def measure(listings: int) -> list[dict]:
    """Measure anonymous browsing and a member's order page; prints how much each page is above the raw limit."""
    dataset(listings)
    visitor, member = Client(), Client()
    order = Order.objects.filter(state="shipped").first()
    member.force_login(order.proposer.memberships.get(is_main=True).user)
    limit = Contender("limit: 20 rows by SQL, as strings", limit_list)
    shared = [limit]
    results = []
    cases = {
        f"market, newest of {listings}": lambda i: page(visitor, "/market/?sort=new"),
        f"market, search in {listings}": lambda i: page(visitor, f"/market/?q={WORDS[i % len(WORDS)]}"),
        "offer detail": lambda i: page(visitor, f"/goods/{Listing.objects.filter(state='live').values_list('no', flat=True)[i % 50]}/"),
        "order detail, member": lambda i: page(member, f"/me/orders/{order.no}/"),
    }
    slug = Category.objects.get(code="PAP").slug
    cases[f"category page of {listings}"] = lambda i: page(visitor, f"/market/c/{slug}/")
    for title, work in cases.items():
        results.append(compare(title, [Contender("ours", work), *[Contender(c.name, c.work) for c in shared]], operations=20))
    return results
