"""Many listings at once, for measuring: rows are written in bulk beside the services, which would take hours."""

import random
from datetime import timedelta

from django.db import transaction

from catalog.models import Category, Listing, Stock, StockMovement
from catalog.rules import Terms, vector
from kernel.clock import now

from .firms import Firm
from .goods import plan_goods

BATCH = 5000


def add_listings(wanted: int, seed: int, *, say=lambda text: None) -> int:
    """Add `wanted` live listings to the demo firms, spread over a year; returns how many were added."""
    rng = random.Random(seed + 1)  # noqa: S311 - test data
    firms, categories = _firms(), {c.code: c for c in Category.objects.all()}
    pool = plan_goods(firms, rng, min(wanted, 5000))
    vectors = {id(terms): _vector(terms) for _firm, terms, _category in pool}
    made, start = 0, now()
    while made < wanted:
        rows = []
        for n in range(made, min(made + BATCH, wanted)):
            firm, terms, category = pool[n % len(pool)]
            at = start - timedelta(seconds=rng.randint(0, 31_536_000))
            columns = terms.columns() | {"price_minor": max(1, terms.price.minor * rng.randint(80, 120) // 100)}
            rows.append(
                Listing(
                    no=f"S{n:010d}",
                    seller=firm.enterprise,
                    category=categories[category],
                    state="live",
                    created_at=at,
                    submitted_at=at,
                    published_at=at,
                    search=vectors[id(terms)],
                    **columns,
                )
            )
        with transaction.atomic():
            Listing.objects.bulk_create(rows, batch_size=1000)
            Stock.objects.bulk_create([Stock(listing=row, on_hand=row.moq * 20) for row in rows], batch_size=2000)
            StockMovement.objects.bulk_create([_opening(row) for row in rows], batch_size=2000)
        made += len(rows)
        say(f"{made} of {wanted} listings")
    return made


def _opening(row: Listing) -> StockMovement:
    return StockMovement(listing=row, kind="in", quantity=row.moq * 20, balance=row.moq * 20, reason="opening stock", at=row.created_at)


def _firms() -> list[Firm]:
    from accounts.models import Enterprise

    from .firms import read_firms

    known = {e.name: e for e in Enterprise.objects.filter(state="verified")}
    firms = [firm for firm in read_firms() if firm.name in known]
    for firm in firms:
        firm.enterprise = known[firm.name]
    return firms


def _vector(terms: Terms) -> str | None:
    spec = " ".join(word for line in terms.spec for pair in line.values() for word in pair)
    return vector([(terms.title_zh, "A"), (terms.title_en, "A"), (spec, "B"), (terms.place, "C")]) or None
