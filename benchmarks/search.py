"""W2: searching in Chinese and English: time in the database and page by page, recall, against the raw query and `icontains`."""

import random
import time

from django.db import connection

from catalog.models import Listing
from catalog.queries import Search, market_page
from catalog.search_rules import question

from .harness import Contender, compare
from .pages import dataset

SELECTIVE = ["双胶纸 QX", "螺纹钢 ABC", "叉车 4821", "pump KR", "linerboard 3310", "轴承 TZ"]
BROAD = ["纸", "钢", "paper", "steel", "机", "电"]
TWO_SIGNS = ["胶纸", "钢板", "水泥", "叉车", "电缆", "轴承", "口罩", "棉纱"]
ENGLISH = ["offset papers", "steel sheets", "pumps", "bearings", "cotton yarn", "copper cathodes"]
TYPING_ERRORS = ["linerbord", "excavater", "alluminium", "galvanizd", "polyethilene"]
SYNONYMS = ["woodfree", "胶版纸", "rebar", "盘条"]
FACETS = {"ready": True, "currency": "CNY"}
CAP = 12


def measure(listings: int, *, operations: int = 16, rounds: int = 3) -> list[dict]:
    """Each kind of question ours against the raw query it needs and against `icontains`; then recall against reading every title."""
    dataset(listings)
    kinds = {"selective": SELECTIVE, "broad": BROAD, "two signs": TWO_SIGNS, "English": ENGLISH, "typing errors": TYPING_ERRORS,
             "synonyms": SYNONYMS}  # fmt: skip
    place = Listing.objects.filter(state="live").values_list("place", flat=True).first()
    results = []
    for kind, words in kinds.items():
        contenders = [Contender("ours", _asker(words)), Contender("raw query", _raw(words))]
        results.append(compare(f"search, {kind}, {listings} listings", contenders, operations=operations, rounds=rounds))
    faceted = [Contender("ours", _asker(TWO_SIGNS + BROAD, places=[place], **FACETS)), Contender("raw query", _raw(TWO_SIGNS + BROAD))]
    results.append(compare(f"search, facets, {listings} listings", faceted, operations=operations, rounds=rounds))
    slow = [Contender("ours", _asker(SELECTIVE)), Contender("icontains", _icontains(SELECTIVE))]
    results.append(compare(f"search, against icontains, {listings} listings", slow, operations=2, rounds=3))
    results.append(recall())
    return results


def _asker(words, **facets):
    return lambda i: market_page(Search(q=words[i % len(words)], **facets))


def _raw(words):
    """The least that must be done: the index, the order by time, twenty numbers."""
    queries = [question(word).full for word in words]

    def work(i: int):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM catalog_listing WHERE state = 'live' AND search @@ %s::tsquery ORDER BY published_at DESC LIMIT 20",
                [queries[i % len(queries)]],
            )
            return cursor.fetchall()

    return work


def _icontains(words):
    def work(i: int):
        rows = Listing.objects.filter(state="live")
        for word in words[i % len(words)].split():
            rows = rows.filter(title_zh__icontains=word)
        return list(rows.order_by("-published_at").values_list("pk", flat=True)[:20])

    return work


def recall(samples: int = 40) -> dict:
    """Pieces of titles, looked for by the index and by reading every title: what share of the latter the index finds."""
    rng, missing, expected, took = random.Random(3), 0, 0, []
    titles = list(Listing.objects.filter(state="live").order_by("-pk").values_list("title_zh", flat=True)[:5000])
    for _sample in range(samples):
        title = rng.choice(titles)
        start = rng.randrange(max(1, len(title) - 4))
        piece = "".join(c for c in title[start : start + rng.randint(2, 4)] if "一" <= c <= "鿿")
        if len(piece) < 2 or piece not in title:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT array_agg(id) FROM catalog_listing WHERE state = 'live' AND title_zh LIKE %s", [f"%{piece}%"])
            there = set(cursor.fetchone()[0] or ())
            began = time.perf_counter()
            cursor.execute(
                "SELECT array_agg(id) FROM catalog_listing WHERE state = 'live' AND search @@ %s::tsquery", [question(piece).full]
            )
            found = set(cursor.fetchone()[0] or ())
            took.append(time.perf_counter() - began)
        expected, missing = expected + len(there), missing + len(there - found)
    share = 1 - missing / expected if expected else 1.0
    print(f"\nrecall of {len(took)} pieces of Chinese titles: {share:.2%} of {expected} listings")
    return {"title": "recall", "recall": share, "expected": expected}
