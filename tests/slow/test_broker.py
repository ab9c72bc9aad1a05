"""P22, P23: the broker may be emptied or gone, tasks may come twice and at once: nothing is lost, late or done again."""

import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from launcher.machine import PY, ROOT
from launcher.product import BEAT, WORKER, Child
from launcher.servers import answers
from tests.slow.clients import Client
from tests.slow.product import Product, build_world, kill_family, valkey_pid

RELAY, SWEEP = 10, 15  # seconds between two rings of beat (barter.schedule)
SLACK = 8  # what the work itself takes on a busy machine


class Proposer(Client):
    """Proposes and lets every proposal lapse; writes down how long the slowest answer took."""

    slowest = 0.0

    def run(self):
        try:
            while not self.stop.is_set():
                began = time.monotonic()
                self.propose()
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.stop.wait(self.rng.uniform(0.8, 1.6))
        except BaseException as error:
            self.failure = repr(error)


def trading(product: Product, seed: int):
    """Two buyers at work, and the event that ends it."""
    world, stop = build_world(product), threading.Event()
    clients = [Proposer(product.url, world, n, seed, stop) for n in range(2)]
    for client in clients:
        client.start()
    return clients, stop


def with_short_clocks(folder) -> Product:
    product = Product(folder)
    for env in (product.env, product.owner):
        env["DEADLINES"] = json.dumps({"orders.answer": {"hours": 6 / 3600}})
    return product


def ended(clients, stop) -> dict[str, str]:
    stop.set()
    for client in clients:
        client.join(60)
    assert [c.failure for c in clients if c.failure] == []
    return {key: no for client in clients for key, no in client.proposed.items()}


OPEN = (
    "SELECT count(*) FROM kernel_deadline WHERE fired_at IS NULL AND met_at IS NULL AND cancelled_at IS NULL AND policy = 'orders.answer'"
)
WAITING = "SELECT count(*) FROM kernel_delivery WHERE done_at IS NULL"


def settled(product: Product, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if product.sql(OPEN) == product.sql(WAITING) == ["0"]:
            return
        time.sleep(0.5)
    raise AssertionError(f"after {seconds} s: {product.sql(OPEN)} clocks and {product.sql(WAITING)} deliveries still wait")


def nothing_lost_nor_late(product: Product, proposed: dict[str, str]) -> tuple[float, float]:
    """Every order that people were told of has lapsed once; return the greatest lateness of clocks and of deliveries, in seconds."""
    assert sorted(product.sql("SELECT no FROM orders_order")) == sorted(proposed.values())
    assert product.sql("SELECT DISTINCT state FROM orders_order") == ["lapsed"]
    fired = "SELECT count(*), count(DISTINCT payload->>'deadline_id') FROM kernel_fact WHERE name = 'kernel.deadline_passed'"
    assert product.sql(fired) == [f"{len(proposed)}|{len(proposed)}"]
    late = "extract(epoch FROM fired_at - due_at)"
    (row,) = product.sql(f"SELECT min({late}) >= 0, max({late}) FROM kernel_deadline WHERE fired_at IS NOT NULL")
    never_early, clocks = row.split("|")
    assert never_early == "t"
    (deliveries,) = product.sql(
        "SELECT max(extract(epoch FROM done_at - at)) FROM kernel_delivery d JOIN kernel_fact f ON f.id = fact_id WHERE attempts = 1"
    )
    return float(clocks), float(deliveries)


@pytest.mark.slow
def test_p22_a_broker_emptied_twenty_times_loses_nothing_and_delays_nothing(tmp_path, capsys):
    seed = int(os.environ.get("KILL_SEED", "0")) or random.randrange(1, 10**6)
    rng = random.Random(seed)

    with with_short_clocks(tmp_path) as product:
        clients, stop = trading(product, seed)
        for _ in range(20):
            time.sleep(rng.uniform(0.2, 1.8))
            answers(product.valkey.socket, b"FLUSHALL\r\n")
        proposed = ended(clients, stop)
        settled(product, 6 + SWEEP + RELAY + 2 * SLACK)
        clocks, deliveries = nothing_lost_nor_late(product, proposed)

    with capsys.disabled():
        print(f"\nflush: seed {seed}, {len(proposed)} orders, clocks at most {clocks:.1f} s late, deliveries {deliveries:.1f} s")
    assert len(proposed) >= 10
    assert clocks <= SWEEP + SLACK
    assert deliveries <= RELAY + SLACK


@pytest.mark.slow
def test_p22_a_minute_without_a_broker_stops_neither_pages_nor_promises(tmp_path, capsys):
    with with_short_clocks(tmp_path) as product:
        clients, stop = trading(product, 1)
        time.sleep(3)
        before = sum(len(c.proposed) for c in clients)
        kill_family(valkey_pid(product.valkey))
        time.sleep(60)
        during = sum(len(c.proposed) for c in clients) - before
        product.valkey.start()
        proposed = ended(clients, stop)
        settled(product, 6 + SWEEP + RELAY + 2 * SLACK)
        clocks, deliveries = nothing_lost_nor_late(product, proposed)

    slowest = max(c.slowest for c in clients)
    with capsys.disabled():
        print(
            f"\nbroker gone: {during} orders meanwhile, the slowest answer {slowest:.1f} s;"
            f" clocks at most {clocks:.1f} s late, deliveries {deliveries:.1f} s"
        )
    assert during >= 20
    assert slowest < 10
    assert clocks <= SWEEP + SLACK
    assert deliveries <= RELAY + SLACK


TRADES = """
import django; django.setup()
from tests import worlds
for _ in range(3):
    worlds.credit_trade()
"""
TASKS = "from barter.celery import app; import django; django.setup(); app.loader.import_default_modules()\n"
LIST = TASKS + "print(*sorted(n for n in app.tasks if not n.startswith('celery.')))"
RUN = TASKS + "import sys; [app.tasks[n].apply(throw=True) for n in sys.argv[1:]]"
COUNTS = """SELECT string_agg(c, ';' ORDER BY c) FROM (
 SELECT 'fact ' || name || ' ' || count(*) AS c FROM kernel_fact GROUP BY name
 UNION ALL SELECT 'delivery ' || handler || ' ' || count(*) || ' ' || count(done_at) FROM kernel_delivery GROUP BY handler
 UNION ALL SELECT 'notice ' || count(*) FROM messaging_notice
 UNION ALL SELECT 'paper ' || count(*) FROM orders_orderpaper
 UNION ALL SELECT 'entry ' || count(*) FROM ledger_entry
) all_of_it"""


def state(product: Product) -> dict[str, str]:
    """The content of every table but the cache's and the broker's own."""
    tables = product.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kernel_cache' ORDER BY 1")
    parts = [f"SELECT '{t}', md5(coalesce(string_agg(r::text, chr(10) ORDER BY r::text), '')) FROM \"{t}\" r" for t in tables]
    return dict(row.split("|") for row in product.sql(" UNION ALL ".join(parts)))


def many_at_once(product: Product, tasks: list[str], times: int, env: dict) -> None:
    """Each task in `times` processes at the same moment."""
    running = [
        subprocess.Popen([str(PY), "-c", RUN, *order], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        for order in (random.sample(tasks, len(tasks)) for _ in range(times))
    ]
    for process in running:
        _out, said = process.communicate(timeout=300)
        assert process.returncode == 0, said[-2000:]


@pytest.mark.slow
def test_p23_tasks_run_twice_at_once_and_by_two_beats_change_nothing_the_second_time(tmp_path):
    with Product(tmp_path) as product:
        for name in ("beat", "worker", "web"):  # nobody but the test runs a task, and nobody holds the database
            child = product.children.pop(name)
            child.signal(signal.SIGKILL)
            child.process.wait()
        product.run(TRADES)
        tasks = product.run(LIST).split()
        assert {"kernel.relay", "kernel.sweep_deadlines", "kernel.sweep_leftovers", "kernel.keep_chain_heads"} <= set(tasks)
        product.sql("CREATE DATABASE twin TEMPLATE evenhand")
        url = product.owner["DATABASE_URL"].replace("/evenhand?", "/twin?")
        twin = {**product.owner, "DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path / "twin")}

        product.run(RUN, *tasks, *tasks)  # one after the other
        many_at_once(product, tasks, 3, twin)
        many_at_once(product, tasks, 1, twin)
        told = product.sql(COUNTS)
        assert "delivery" in told[0]
        twice = product.postgres.tool("psql", "-h", product.postgres.socket, "-U", "barter", "-d", "twin", "-XAtc", COUNTS)
        assert twice.stdout.split("\n")[:-1] == told

        before = state(product)
        product.run(RUN, *reversed(tasks))
        many_at_once(product, tasks, 2, product.owner)
        assert state(product) == before

        for name in ("one", "two"):
            command = [*BEAT, "-s", str(tmp_path / f"beat-{name}")]
            product.children[name] = Child(f"kill-beat-{name}", command, product.env)
        product.children["worker"] = Child("kill-worker", WORKER, product.env)
        time.sleep(2 * SWEEP + 5)
        assert state(product) == before
        assert all(child.process.poll() is None for child in product.children.values())
