"""Many listings at once, for measuring: copied in bulk beside the services, which would take hours."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import JSONField

from accounts.models import Enterprise
from catalog.models import Category, Listing, SellerStanding
from catalog.services import index_listing, rank_of
from catalog.services.checks import write_columns
from kernel.clock import now

from .firms import REGIONS, Firm, read_firms
from .goods import plan_goods

BATCH, POOL, SELLERS = 50_000, 4_000, 5_000
SERIES = "ABCDEFGHJKLMNPQRSTUVWXYZ"
FIELDS = {field.attname: field for field in Listing._meta.concrete_fields}
TABLES = ("catalog_listing",)  # the index of movements stays: the trigger of the stock asks it


def add_listings(wanted: int, seed: int, *, sellers: int = SELLERS, say: Callable[[str], None] = lambda text: None) -> int:
    """Add `wanted` live listings of many sellers in 13 × 8 categories, spread over a year; returns how many were added.

    As the database's owner the indexes are built afterwards, which is several times quicker for a million rows.
    """
    rng = random.Random(seed + 1)  # noqa: S311 - test data
    firms = _sellers(min(sellers, max(50, wanted // 10)), rng)
    say(f"{len(firms)} sellers")
    standings = {s.pk: s for s in SellerStanding.objects.all()}
    samples = [_sample(firm, terms, category) for firm, terms, category in _plan(rng, wanted)]
    ranks = {firm: _rank(firm, standings) for firm in firms}
    say(f"{len(samples)} kinds of goods")
    made = 0
    definitions = _drop_indexes() if wanted >= BATCH and _owns_tables() else []
    try:
        while made < wanted:
            n = min(BATCH, wanted - made)
            _copy(made, n, samples, firms, ranks, rng)
            made += n
            say(f"{made} of {wanted} listings")
    finally:
        with connection.cursor() as cursor:
            for definition in definitions:
                cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_listing, catalog_stock, accounts_enterprise, catalog_sellerstanding")
    say("indexed and analysed")
    return made


def _plan(rng: random.Random, wanted: int):
    known = {e.name: e for e in Enterprise.objects.filter(state="verified")}
    firms = [firm for firm in read_firms() if firm.name in known]
    for firm in firms:
        firm.enterprise = known[firm.name]
    leaves, known_categories = _leaves(), {row.code: row for row in Category.objects.select_related("parent__parent")}
    for firm, terms, code in plan_goods(firms, rng, min(wanted, POOL)):
        yield firm, terms, rng.choice(leaves[code]) if code in leaves else known_categories[code]


def _leaves() -> dict[str, list[Category]]:
    """The categories below each top category."""
    tops = list(Category.objects.filter(parent=None))
    return {top.code: list(top.children.select_related("parent")) or [top] for top in tops}


def _sellers(wanted: int, rng: random.Random) -> list[int]:
    """The ids of so many verified sellers, a sixth of them with a guarantee."""
    have = Enterprise.objects.filter(handle__startswith="stress-").count()
    provinces, at = list(REGIONS), now() - timedelta(days=400)
    fresh = Enterprise.objects.bulk_create(
        Enterprise(
            handle=f"stress-{n}", name=f"{provinces[n % len(provinces)]}示例第{n}工贸有限公司", name_en=f"Sample Works {n}",
            registration_no=f"STRESS{n:09d}", province=provinces[n % len(provinces)], address=f"示例路 {n} 号", phone="0755-80000000",
            legal_representative="示例", state="verified", created_at=at, verified_at=at,
        )
        for n in range(have, wanted)
    )  # fmt: skip
    SellerStanding.objects.bulk_create(
        SellerStanding(
            enterprise=firm, guarantee_active=n % 6 == 0, line_minor=rng.randint(5, 100) * 1_000_000 if n % 6 == 0 else 0,
            completed_orders=rng.randint(0, 200), rating=round(rng.uniform(3, 5), 2), updated_at=at,
        )
        for n, firm in enumerate(fresh)
    )  # fmt: skip
    return list(Enterprise.objects.filter(handle__startswith="stress-").values_list("pk", flat=True))


def _sample(firm: Firm, terms, category: Category) -> dict[str, str]:
    """One kind of goods as text for COPY, its words cut once."""
    listing = Listing(no="", seller=firm.enterprise, created_at=now())
    write_columns(listing, terms, category)
    index_listing(listing, standing=SellerStanding())
    return {name: _written(field, getattr(listing, name)) for name, field in FIELDS.items()}


def _rank(seller_id: int, standings) -> dict[bool, tuple[str, str, str]]:
    standing = standings.get(seller_id) or SellerStanding()
    return {ready: tuple(str(n) for n in rank_of(standing, ready).values()) for ready in (True, False)}


def _written(field, value) -> str:
    """A column's value as COPY's text format has it."""
    if value is None:
        return r"\N"
    if isinstance(field, JSONField):
        value = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        value = "t" if value else "f"
    elif isinstance(value, list):
        value = "{" + ",".join(value) + "}"  # codes of categories: plain words
    return str(value).replace("\\", "\\\\").replace("\t", " ").replace("\n", "\\n").replace("\r", " ")


def _copy(made: int, n: int, samples: list[dict], firms: list[int], ranks: dict, rng: random.Random) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM catalog_listing")
        first = cursor.fetchone()[0] + 1
        cursor.execute("SELECT coalesce(max(id), 0) FROM catalog_stockmovement")
        movement = cursor.fetchone()[0] + 1
        rows = list(_rows(first, made, n, samples, firms, ranks, rng))
        with cursor.copy(f"COPY catalog_listing ({', '.join(FIELDS)}) FROM STDIN") as copy:
            copy.write("".join(line for line, _moq, _at in rows))
        stock = "".join(f"{first + i}\t{moq}\t0\n" for i, (_line, moq, _at) in enumerate(rows))
        with cursor.copy("COPY catalog_stock (listing_id, on_hand, reserved) FROM STDIN") as copy:
            copy.write(stock)
        moved = "".join(
            f"{movement + i}\t{first + i}\tin\t{moq}\t{moq}\topening stock\t\t\t{at}\n" for i, (_line, moq, at) in enumerate(rows)
        )
        columns = "id, listing_id, kind, quantity, balance, reason, document_no, ref, at"
        with cursor.copy(f"COPY catalog_stockmovement ({columns}) FROM STDIN") as copy:
            copy.write(moved)
        for table in ("catalog_listing", "catalog_stockmovement"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def _rows(first: int, made: int, n: int, samples, firms, ranks, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Lines of catalog_listing, each a kind of goods with a series of its own in title and index."""
    start = now()
    for i in range(n):
        kind, seller = samples[rng.randrange(len(samples))], firms[rng.randrange(len(firms))]
        series, number = SERIES[rng.randrange(24)] + SERIES[rng.randrange(24)], str(rng.randrange(100, 9999))
        at = (start - timedelta(seconds=rng.randrange(31_536_000))).isoformat()
        model = f" '{series.lower()}':900A '{number}':901A"
        guarantee, record, merit = ranks[seller][kind["ready_to_ship"] == "t"]
        line = {
            **kind, "id": str(first + i), "no": f"S{first + i:010d}", "seller_id": str(seller), "state": "live", "version": "1",
            "title_zh": f"{kind['title_zh']} {series}{number}", "title_en": f"{kind['title_en']} {series}{number}",
            "price_minor": str(max(1, int(kind["price_minor"]) * rng.randrange(80, 121) // 100)), "rejection_reason": "",
            "tiers": "[]",  # of another price than this one
            "search": kind["search"] + model, "titles": kind["titles"] + model, "guarantee_minor": guarantee, "record": record,
            "merit": merit, "created_at": at, "submitted_at": at, "published_at": at,
        }  # fmt: skip
        yield "\t".join(line[name] for name in FIELDS) + "\n", str(int(float(kind["moq"]) * 20)), at


def _owns_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'catalog_listing'::regclass")
        return cursor.fetchone()[0]


def _drop_indexes() -> list[str]:
    """Take away the indexes that no constraint needs; returns what makes them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[])"
            " AND NOT i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [list(TABLES)],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    return ["SET maintenance_work_mem = '512MB'", *(definition for _name, definition in found), "RESET maintenance_work_mem"]
