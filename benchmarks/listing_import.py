"""W9: a file of goods as a job: checks, search columns, history, shelves, opening movements. The limit: COPY of the listings alone."""

import csv
import io
import secrets
import statistics
import time

from django.db import connection, transaction

from accounts.models import Enterprise
from accounts.queries import actor_for_enterprise
from catalog.audits import stock as audit_stock
from catalog.models import Category, Listing
from catalog.services import import_listings
from catalog.services.bulk import copy_in
from kernel.clock import now
from kernel.services import work_job

from .harness import backend_cpu

HEADER = (
    "sku", "category", "title_zh", "title_en", "spec_zh", "spec_en", "description_zh", "price", "unit", "moq", "opening_stock", "lead_days",
    "place", "hs_code", "ready_to_ship", "wants",
)  # fmt: skip
COPIED = (
    "no", "seller_id", "category_id", "sku", "title_zh", "title_en", "description_zh", "unit", "price_minor", "moq", "lead_days", "place",
    "hs_code", "created_at",
)  # fmt: skip


def goods(rows: int, serial: str) -> bytes:
    """A file of `rows` different goods, with a refused row in every thousand."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for n in range(rows):
        gsm = 60 + n % 340
        price = "x" if n % 1000 == 999 else f"{3000 + n % 4000}.50"
        writer.writerow([
            f"{serial}-{n}", "PAP", f"牛卡纸 {gsm}g 批次 {n}", f"Kraft liner {gsm} gsm lot {n}", f"克重：{gsm} g；幅宽：{700 + n % 900} mm",
            f"Grammage: {gsm} g; Width: {700 + n % 900} mm", f"纯木浆，卷筒包装，出厂附检验单。批号 {n}。", price, "t", "10", str(n % 500),
            "7", "佛山", "48041100", "1", "包装机械、仓储服务",
        ])  # fmt: skip
    return out.getvalue().encode()


def _firm() -> Enterprise:
    values = {
        "name": "导入基准有限公司", "country": "CN", "registration_no": "BENCH-IMPORT", "state": "verified", "created_at": now(),
        "verified_at": now(),
    }  # fmt: skip
    return Enterprise.objects.get_or_create(handle="bench-import", defaults=values)[0]


def ours(firm: Enterprise, rows: int) -> dict:
    """Import one file; the request that hands it in is part of the time."""
    body, actor = goods(rows, secrets.token_hex(4)), actor_for_enterprise(firm.handle)
    cpu, backend, wall = time.process_time(), backend_cpu(), time.perf_counter()
    job = import_listings(actor=actor, body=body, file_name="goods.csv", request_key=secrets.token_urlsafe(12))
    job = work_job(job.pk)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu + backend_cpu() - backend}
    assert (job.state, job.failed, job.counts["created"]) == ("finished", rows // 1000, rows - rows // 1000), job.problem_text
    return spent


def limit(firm: Enterprise, rows: int) -> dict:
    """COPY as many listings, made before the clock starts, into the same table with the same indexes; rolled back."""
    serial, moment, category = secrets.token_hex(3), now(), Category.objects.get(code="PAP").pk
    made = [
        dict(zip(COPIED, (
            f"L{serial}{n:07d}", firm.pk, category, f"L{serial}-{n}", f"牛卡纸 {n}", f"Kraft {n}", "纯木浆", "t", 300000, 10, 7, "佛山", "",
            moment,
        ), strict=True))
        for n in range(rows)
    ]  # fmt: skip
    with transaction.atomic():
        cpu, backend, wall = time.process_time(), backend_cpu(), time.perf_counter()
        copy_in(Listing, made, COPIED)
        spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu + backend_cpu() - backend}
        transaction.set_rollback(True)
    return spent


def measure(rows: int = 100_000, rounds: int = 1) -> list[dict]:
    """Take turns; print rows a second by the clock and by CPU time, and the ratio to the limit."""
    firm = _firm()
    ours(firm, 2000), limit(firm, 2000)
    turns = [(ours(firm, rows), limit(firm, rows)) for _ in range(rounds)]
    result: dict = {"title": f"import of {rows:,} listings", "rounds": rounds}
    for kind in ("wall", "cpu"):
        one, bare = (statistics.median(turn[side][kind] for turn in turns) for side in (0, 1))
        result[kind] = {"ours_rows_s": round(rows / one), "copy_rows_s": round(rows / bare), "ratio": round(one / bare, 1)}
        print(f"  {kind:5} ours {rows / one:9,.0f} rows/s   COPY of the listings alone {rows / bare:9,.0f} rows/s   ratio {one / bare:.1f}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalog_listing l WHERE seller_id = %s AND search IS NULL", [firm.pk])
        (unfound,) = cursor.fetchone()
    print(f"  after: {unfound} without search words, {len(list(audit_stock()))} findings about stock")
    return [result]
