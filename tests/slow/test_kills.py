"""P21, P22, P23: forty times kill -9 while people trade; nothing acknowledged is lost, nothing is done twice, every promise is kept."""

import contextlib
import json
import os
import random
import threading
import time
from collections import Counter

import psycopg
import pytest

from tests.slow.clients import Client
from tests.slow.product import Product, build_world, end, kill_family, own_postgres

KILLS = {"web": 14, "worker": 10, "beat": 4, "valkey": 6, "postgres": 6}
CLIENTS = 4
DRAIN = 240  # seconds for what the worker still has to do when the killing ends: papers and mail among it


def killing(product: Product, clients: list[Client], plan: list[str], rng: random.Random) -> None:
    """Kill by the plan; before each kill somebody must have been told of a new order since the last one."""
    for what in plan:
        seen, until = sum(len(c.proposed) for c in clients), time.monotonic() + 60
        while sum(len(c.proposed) for c in clients) <= seen and time.monotonic() < until:
            assert not any(c.failure for c in clients), [c.failure for c in clients]
            time.sleep(0.02)
        assert time.monotonic() < until, f"nobody could place an order for a minute before the kill of {what}"
        time.sleep(rng.uniform(0, 0.8))
        product.kill(what)


def waiting(product: Product) -> int:
    return int(product.sql("SELECT count(*) FROM kernel_delivery WHERE done_at IS NULL")[0])


def drain(product: Product) -> float:
    """Wait until the worker and beat, left alone, have delivered everything; return the seconds it took."""
    began = time.monotonic()
    while waiting(product):
        assert time.monotonic() - began < DRAIN, product.sql(
            "SELECT handler, attempts, due_at, error FROM kernel_delivery WHERE done_at IS NULL"
        )
        time.sleep(0.5)
    return time.monotonic() - began


@pytest.mark.slow
def test_p21_p22_p23_forty_kills_lose_nothing_and_double_nothing(tmp_path, capsys):
    seed = int(os.environ.get("KILL_SEED", "0")) or random.randrange(1, 10**6)
    rng = random.Random(seed)
    plan = [what for what, times in KILLS.items() for _ in range(times)]
    rng.shuffle(plan)
    with capsys.disabled():
        print(f"\nkills: seed {seed} (KILL_SEED={seed} repeats the plan)", flush=True)

    with Product(tmp_path) as product:
        assert product.sql("SELECT current_setting('fsync'), current_setting('synchronous_commit')") == ["on|on"]
        world, stop = build_world(product), threading.Event()
        clients = [Client(product.url, world, n, seed, stop) for n in range(CLIENTS)]
        began = time.monotonic()
        for client in clients:
            client.start()
        try:
            killing(product, clients, plan, rng)
        finally:
            stop.set()
            for client in clients:
                client.join(180)
        spent = time.monotonic() - began
        assert [c.failure for c in clients if c.failure] == []
        took = drain(product)
        proposed = {k: v for c in clients for k, v in c.proposed.items()}
        confirmed = {k: v for c in clients for k, v in c.confirmed.items()}
        with capsys.disabled():
            print(
                f"kills: {dict(Counter(plan))} in {spent:.0f} s; {len(proposed)} orders and {len(confirmed)} confirmations acknowledged;"
                f" everything delivered {took:.1f} s after the last"
            )
        check_orders(product, proposed, confirmed)
        check_promises(product, confirmed)


def check_orders(product: Product, proposed: dict, confirmed: dict) -> None:
    """What people were told is there once, and there is nothing else."""
    rows = product.sql(
        "SELECT k.key, o.no FROM kernel_requestkey k JOIN orders_order o ON o.id = k.result_id WHERE k.verb = 'orders.propose'"
    )
    assert len(proposed) > len(KILLS)
    assert dict(row.split("|") for row in rows) == proposed
    assert sorted(product.sql("SELECT no FROM orders_order")) == sorted(proposed.values())
    agreed = product.sql("SELECT no FROM orders_order WHERE state <> 'proposed'")
    assert sorted(agreed) == sorted(confirmed.values())
    assert product.sql("SELECT count(*), coalesce(sum(amount_minor), 0) FROM ledger_hold") == [
        f"{len(confirmed)}|{len(confirmed) * 10_000}"
    ]


def check_promises(product: Product, confirmed: dict) -> None:
    """Each fact was heard once by each handler, each clock is there once, and the audit has nothing to say."""
    assert product.sql("SELECT count(*) FROM kernel_delivery WHERE dead_at IS NOT NULL") == ["0"]
    answer = "SELECT count(*), count(DISTINCT subject_id), count(met_at) FROM kernel_deadline WHERE policy = 'orders.answer'"
    total = product.sql("SELECT count(*) FROM orders_order")[0]
    assert product.sql(answer) == [f"{total}|{total}|{len(confirmed)}"]
    facts = "SELECT count(*), count(DISTINCT subject_id) FROM kernel_fact WHERE name = 'orders.order_proposed'"
    assert product.sql(facts) == [f"{total}|{total}"]
    before = product.sql("SELECT count(*) FROM kernel_fact")
    assert "delivered 0" in product.manage("relay").stdout
    assert product.sql("SELECT count(*) FROM kernel_fact") == before
    audit = product.manage("audit", "--json")
    assert audit.returncode == 0, [f for f in json.loads(audit.stdout)["checks"].items() if f[1]]


def written_and_kept(durable: bool, kills: int = 4) -> tuple[int, int]:
    """Write rows one by one, kill the database while it is at it; return how many were acknowledged and how many of them are there."""
    postgres = own_postgres(durable)
    postgres.start()
    place, told = f"host={postgres.socket} user=barter dbname=evenhand", []
    try:
        with psycopg.connect(place, autocommit=True) as line:
            line.execute("CREATE TABLE told (n int PRIMARY KEY)")
        for _ in range(kills):
            writer = threading.Thread(target=write, args=(place, told))
            writer.start()
            time.sleep(1)
            kill_family(int((postgres.data / "postmaster.pid").read_text().split()[0]))
            writer.join(30)
            postgres.start()
        with psycopg.connect(place) as line:
            kept = {n for (n,) in line.execute("SELECT n FROM told")}
    finally:
        end(postgres)
    return len(told), len(kept & set(told))


def write(place: str, told: list[int]) -> None:
    with contextlib.suppress(psycopg.Error), psycopg.connect(place, autocommit=True) as line:
        # What was begun and not acknowledged may be there or not; it is not asked about, and its number is not used again.
        n = max(told, default=0) + 1000
        while True:
            n += 1
            line.execute("INSERT INTO told VALUES (%s)", [n])
            told.append(n)


@pytest.mark.slow
def test_p21_the_database_keeps_every_commit_it_acknowledged():
    told, kept = written_and_kept(durable=True)

    assert (told > 100, kept) == (True, told)


@pytest.mark.slow
def test_canary_f8_a_database_that_answers_before_writing_is_caught_by_this_harness():
    told, kept = written_and_kept(durable=False)

    assert kept < told
