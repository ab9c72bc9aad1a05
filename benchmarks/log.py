"""The operation log of one enterprise with a long history: its pages, filters, file, check and export; SQL statements, times, plans."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Enterprise, User
from accounts.queries import actor_for
from kernel.clock import now
from kernel.models import ChainHead, ChainLink, Fact
from kernel.registries import EXPORT_PARTS
from kernel.services import facts as writing
from seed.demo import build_demo

BATCH = 5_000
KINDS = [
    ("orders.order_proposed", "orders.order"), ("orders.goods_shipped", "orders.consignment"),
    ("catalog.stock_moved", "catalog.stockmovement"),
    ("accounts.logged_in", "accounts.user"), ("accounts.act_refused", "accounts.enterprise"),
]  # fmt: skip


def dataset(facts: int) -> tuple[Enterprise, User]:
    """A demo market whose first firm has as many facts as asked for, hashed and linked as real ones are."""
    if not Enterprise.objects.exists():
        build_demo(1, listings=60, orders=20, most_firms=8, say=print)
    firm = Enterprise.objects.filter(state="verified").order_by("pk").first()
    owner = User.objects.get(memberships__enterprise=firm, memberships__is_main=True)
    head = ChainHead.objects.get(pk=firm.chain)
    people = list(User.objects.filter(memberships__enterprise=firm).order_by("pk").values_list("pk", flat=True))
    while head.seq < facts:
        head = _more(firm, head, people, min(BATCH, facts - head.seq))
        print(f"{head.seq} facts", end="\r")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return firm, owner


def _more(firm: Enterprise, head: ChainHead, people: list[int], count: int) -> ChainHead:
    rows = []
    for n in range(head.seq + 1, head.seq + count + 1):
        name, subject = KINDS[n % len(KINDS)]
        no = f"B{n // 7:011d}"
        other = {"enterprise_id": firm.pk, "page": "x", "capability": ""}
        payload = {"no": no, "order_id": n // 7} if subject.startswith(("orders", "catalog")) else other
        fact = Fact(
            name=name, at=now() - timedelta(minutes=max(0, 400_000 - n)), actor_kind="member", actor_user_id=people[n % len(people)],
            acting_for=firm.chain, request_id=hashlib.sha256(str(n).encode()).hexdigest()[:16], subject_type=subject,
            subject_id=str(n // 7 + 10_000_000), payload=payload, changes={"state": ["proposed", "funded"]},
        )  # fmt: skip
        fact.content_hash = writing.content_hash(fact)
        rows.append(fact)
    links, prev, seq = [], head.hash, head.seq
    for fact in Fact.objects.bulk_create(rows):
        seq += 1
        hashed = writing.link_hash(prev, seq, head.chain, fact.content_hash)
        links.append(ChainLink(chain=head.chain, seq=seq, fact=fact, prev_hash=prev, hash=hashed))
        prev = hashed
    ChainLink.objects.bulk_create(links)
    ChainHead.objects.filter(pk=head.pk).update(seq=seq, hash=prev)
    return ChainHead.objects.get(pk=head.pk)


def signed_in(owner: User) -> Client:
    client = Client()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def timed(title: str, work: Callable[[], object]) -> dict:
    """Run a piece of work three times; the best time, its statements, and the slowest of them with its plan's first line."""
    best, captured = float("inf"), None
    for _turn in range(3):
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            work()
        if (taken := time.perf_counter() - began) < best:
            best, captured = taken, queries
    slowest = max(captured.captured_queries, key=lambda row: float(row["time"]), default={"time": "0", "sql": ""})
    row = {
        "what": title, "ms": round(best * 1000), "statements": len(captured), "slowest_ms": round(float(slowest["time"]) * 1000),
        "slowest": slowest["sql"][:160], "plan": _plan(slowest["sql"]),
    }  # fmt: skip
    print(f"{title:46} {row['ms']:7} ms {row['statements']:5} SQL   slowest {row['slowest_ms']:6} ms  {row['plan']}")
    return row


def _plan(sql: str) -> str:
    """The scans of a statement as PostgreSQL plans them."""
    if not sql.startswith("SELECT"):
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
            lines = [line.strip(" ->") for (line,) in cursor.fetchall()]
    except Exception as error:  # a statement whose parameters were not quoted as SQL
        return type(error).__name__
    return " | ".join(line.partition("  (")[0] for line in lines if "Scan" in line)[:160]


def _read(client: Client, path: str) -> int:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(b"".join(answer.streaming_content)) if answer.streaming else len(answer.content)


def measure(facts: int = 200_000) -> list[dict]:
    """Measure the log of an enterprise with so many facts."""
    firm, owner = dataset(facts)
    client, colleague = signed_in(owner), User.objects.filter(memberships__enterprise=firm).order_by("-pk").first()
    rare = Fact.objects.filter(links__chain=firm.chain, name="accounts.sub_account_created").exists() and "accounts.sub_account_created"
    day = (now() - timedelta(days=100)).date().isoformat()
    no = Fact.objects.filter(links__chain=firm.chain, payload__has_key="no", subject_type="orders.order").order_by("pk")[1000].payload["no"]
    middle = facts // 2
    cases = {
        "log, first page": "/shop/team/log/",
        "log, a page in the middle": f"/shop/team/log/?before={middle}",
        "log, the last page": "/shop/team/log/?before=40",
        "log, of one person": f"/shop/team/log/?who={colleague.pk}",
        "log, of one kind": "/shop/team/log/?what=orders.order_proposed",
        "log, of a rare kind": f"/shop/team/log/?what={rare}",
        "log, of one room": "/shop/team/log/?what=orders.",
        "log, refused": "/shop/team/log/?outcome=refused",
        "log, one order": f"/shop/team/log/?about={no}",
        "log, an order that is not there": "/shop/team/log/?about=G99999999999",
        "log, one day": f"/shop/team/log/?since={day}&until={day}",
        "log, the oldest day": "/shop/team/log/?until=2026-02-22",
        "log, check": "/shop/team/log/check/",
        "log, file of 50,000 rows": "/shop/team/log/file/",
        "business centre": "/me/",
        "security": "/me/security/",
    }
    results = [timed(title, lambda path=path: _read(client, path)) for title, path in cases.items()]
    results.append(timed("export, the part of the log", lambda: _exported(firm)))
    actor = actor_for(owner)
    print(json.dumps({"facts": ChainHead.objects.get(pk=actor.acting_for).seq}))
    return results


def _exported(firm: Enterprise) -> int:
    from accounts.archives import pack_part

    return len(pack_part("operation_log", EXPORT_PARTS["operation_log"](firm.pk)))
