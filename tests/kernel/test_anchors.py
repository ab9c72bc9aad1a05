"""P19: the ends of the chains leave the database every day, and whoever rewrites a chain with all its hashes is found by them."""

import hashlib
import json
import random
import stat
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction

from kernel.audits import chain_anchors, fact_chains
from kernel.clock import now, telling
from kernel.models import ChainHead, ChainLink, Fact
from kernel.services import anchor_folder, keep_chain_heads
from kernel.services import facts as facts_service
from kernel.services.anchors import anchors
from kernel.timer import TIMER
from tests.kernel.bells import ring

CHAINS = ["tests:1", "tests:2"]
ROUNDS = 100


def as_owner(*statements):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement, values in statements:
            cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def order_of() -> dict[str, list[int]]:
    return {chain: list(ChainLink.objects.filter(chain=chain).order_by("seq").values_list("fact_id", flat=True)) for chain in CHAINS}


def rewrite(order: dict[str, list[int]], *before) -> None:
    """What an owner who knows the code does: change what he likes, then compute every hash, link and head anew, and leave no trace."""
    as_owner(
        *before,
        ("DELETE FROM kernel_chainlink WHERE chain = ANY(%s)", [CHAINS]),
        ("DELETE FROM kernel_chainhead WHERE chain = ANY(%s)", [CHAINS]),
    )
    held = {fact_id for facts in order.values() for fact_id in facts}
    lost = Fact.objects.filter(name="tests.bell_rung").exclude(pk__in=held)
    as_owner(("DELETE FROM kernel_fact WHERE id = ANY(%s)", [list(lost.values_list("pk", flat=True))]))
    hashes = {fact.pk: facts_service.content_hash(fact) for fact in Fact.objects.filter(pk__in=held)}
    as_owner(*(("UPDATE kernel_fact SET content_hash = %s WHERE id = %s", [hashed, pk]) for pk, hashed in hashes.items()))
    for chain, ids in order.items():
        prev = "0" * 64
        for seq, fact_id in enumerate(ids, 1):
            hashed = facts_service.link_hash(prev, seq, chain, hashes[fact_id])
            ChainLink.objects.create(chain=chain, seq=seq, fact_id=fact_id, prev_hash=prev, hash=hashed)
            prev = hashed
        if ids:
            ChainHead.objects.create(chain=chain, seq=len(ids), hash=prev)


def change(pk: int):
    return "UPDATE kernel_fact SET payload = jsonb_set(payload, '{number}', to_jsonb(floor(random() * 1e9))) WHERE id = %s", [pk]


def tamper(kind: str, anchored: int, rng: random.Random) -> None:
    """One thing done to the anchored part of a chain; the facts after it stay."""
    order = order_of()
    ids = order["tests:1"]
    place = rng.randrange(anchored)
    one = ids[place]
    if kind == "edit":
        rewrite(order, change(one))
    elif kind == "delete":
        rewrite({chain: [pk for pk in facts if pk != one] for chain, facts in order.items()})
    elif kind == "insert":
        new = ring(12345, chains=["tests:9"])
        as_owner(("DELETE FROM kernel_chainlink WHERE chain = 'tests:9'", []), ("DELETE FROM kernel_chainhead WHERE chain = 'tests:9'", []))
        rewrite({**order, "tests:1": [*ids[:place], new.pk, *ids[place:]]})
    elif kind == "swap":
        other = (place + rng.randrange(1, anchored)) % anchored
        ids[place], ids[other] = ids[other], ids[place]
        rewrite(order)
    elif kind == "truncate":
        gone = set(ids[place:])
        rewrite({chain: [pk for pk in facts if pk not in gone] for chain, facts in order.items()})
    elif kind == "rewrite the tail":
        rewrite(order, *(change(pk) for pk in ids[place:]))
    elif kind == "take the chain away":
        rewrite({"tests:1": [], "tests:2": [pk for pk in order["tests:2"] if pk not in ids]})


KINDS = ["edit", "delete", "insert", "swap", "truncate", "rewrite the tail", "take the chain away"]


@pytest.fixture
def anchored():
    """Eight facts on one chain, four of them on another too, kept; and three more since."""
    for n in range(8):
        ring(n, chains=["tests:1"] if n % 2 else CHAINS)
    keep_chain_heads(actor=TIMER)
    for n in range(3):
        ring(100 + n, chains=["tests:1"])
    assert [*fact_chains(), *chain_anchors()] == []
    return 8


@pytest.mark.django_db
def test_p19_a_hundred_rewritings_that_leave_every_hash_in_order_are_all_found(anchored):
    seed = random.randrange(10**6)
    rng = random.Random(seed)

    for number in range(ROUNDS):
        kind, point = KINDS[number % len(KINDS)], transaction.savepoint()
        tamper(kind, anchored, rng)
        assert list(fact_chains()) == [], f"seed {seed}: the rewriting ({kind}) left a trace, so it proves nothing about anchors"
        assert list(chain_anchors()), f"seed {seed}: {kind} was not found"
        transaction.savepoint_rollback(point)
    assert list(chain_anchors()) == []


@pytest.mark.django_db
def test_canary_p19_a_hash_that_leaves_a_field_out_lets_that_field_be_changed(monkeypatch):
    whole = facts_service.canonical
    monkeypatch.setattr(facts_service, "canonical", lambda value: whole([*value[:8], *value[9:]]) if len(value) == 11 else whole(value))
    row = ring()
    keep_chain_heads(actor=TIMER)

    as_owner(change(row.pk))

    assert [*fact_chains(), *chain_anchors()] == []


@pytest.mark.django_db
def test_the_file_names_every_chain_its_length_and_last_hash_and_the_file_before(settings):
    ring(chains=["tests:1"])
    one = keep_chain_heads(actor=TIMER)
    ring(chains=CHAINS)
    two = keep_chain_heads(actor=TIMER)

    head, *rows = map(json.loads, two.read_text().splitlines())
    assert (head["number"], head["previous"]) == (2, hashlib.sha256(one.read_bytes()).hexdigest())
    assert [(row["chain"], row["seq"]) for row in rows] == [("platform", 1), ("tests:1", 2), ("tests:2", 1)]
    assert {row["hash"] for row in rows} == set(ChainHead.objects.exclude(pk="platform").values_list("hash", flat=True)) | {
        ChainLink.objects.get(chain="platform", seq=1).hash
    }
    assert [stat.S_IMODE(path.stat().st_mode) for path in (one, two, two.parent)] == [0o600, 0o600, 0o700]
    assert two.parent == anchor_folder()
    told = Fact.objects.filter(name="kernel.chain_heads_kept").order_by("pk").last()
    assert told.payload == {"number": 2, "sha256": hashlib.sha256(two.read_bytes()).hexdigest(), "chains": 3}


@pytest.mark.django_db
def test_beat_writes_one_file_a_day_however_often_it_asks():
    assert keep_chain_heads(actor=TIMER, once_a_day=True)
    assert keep_chain_heads(actor=TIMER, once_a_day=True) is None
    with telling(now() + timedelta(days=1)):
        assert keep_chain_heads(actor=TIMER, once_a_day=True)
    assert [path.name[:6] for path in anchors()] == ["000001", "000002"]


@pytest.mark.django_db(transaction=True)
def test_p23_two_that_write_at_once_write_one_file_a_day():
    made = []

    def keep():
        made.append(keep_chain_heads(actor=TIMER, once_a_day=True))
        connection.close()

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sum(path is not None for path in made) == 1 == len(anchors())
    assert Fact.objects.filter(name="kernel.chain_heads_kept").count() == 1


@pytest.mark.django_db
def test_an_anchor_that_was_taken_away_or_changed_is_missed(anchored):
    keep_chain_heads(actor=TIMER)
    keep_chain_heads(actor=TIMER)
    one, two, three = anchors()
    kept = {path: path.read_bytes() for path in (one, two, three)}

    def findings_without(*gone):
        for path in gone:
            path.unlink()
        found = list(chain_anchors())
        for path, body in kept.items():
            path.write_bytes(body)
        return found

    assert findings_without(three) == [{"anchor": 3, "finding": "was taken away"}]
    assert {"anchor": 2, "finding": "was taken away"} in findings_without(two)
    assert len(findings_without(one, two, three)) == 3
    for path in kept:
        path.write_bytes(kept[path].replace(b'"hash": "', b'"hash": "0'))
        assert {"anchor": int(path.name[:6]), "finding": "was changed"} in list(chain_anchors())
        path.write_bytes(b"not a line of it")
        assert list(chain_anchors())
        path.write_bytes(kept[path])
    assert list(chain_anchors()) == []


@pytest.mark.django_db
def test_days_without_an_anchor_are_a_finding_once_there_was_one():
    with telling(now() - timedelta(days=3)):
        ring()
        assert list(chain_anchors()) == []
        keep_chain_heads(actor=TIMER)
        assert list(chain_anchors()) == []

    (finding,) = chain_anchors()
    assert "is beat running?" in finding["finding"]


@pytest.mark.django_db
def test_a_copy_elsewhere_is_written_and_checked_by_the_command(tmp_path, anchored):
    out = StringIO()
    call_command("chain_heads", "--out", str(tmp_path / "copy"), stdout=out)
    assert [str(path) for path in anchors(tmp_path / "copy")] == out.getvalue().split()
    assert Fact.objects.filter(name="kernel.chain_heads_kept").count() == 1  # only the own folder is promised to be there
    call_command("chain_heads", "--check", str(tmp_path / "copy"), stdout=StringIO())

    tamper("truncate", anchored, random.Random(5))
    for path in anchors():
        path.unlink()  # he who owns the database has the own folder too
    with pytest.raises(SystemExit):
        call_command("chain_heads", "--check", str(tmp_path / "copy"), stdout=StringIO())


@pytest.mark.django_db
def test_the_operator_is_sent_the_hash_when_an_address_is_set(settings, django_capture_on_commit_callbacks):
    settings.CHAIN_HEADS_MAIL = "auditor@evenhand.example"
    with django_capture_on_commit_callbacks(execute=True):
        path = keep_chain_heads(actor=TIMER)

    (sent,) = [message for message in mail.outbox if message.to == ["auditor@evenhand.example"]]
    assert hashlib.sha256(path.read_bytes()).hexdigest() in sent.body


@pytest.mark.spec("H17")
@pytest.mark.parametrize(
    "left", [0, 1, 40, -1, -30], ids=["empty", "one byte", "within the first line", "no end of line", "within the last"]
)
@pytest.mark.django_db
def test_p19_a_file_cut_short_stops_no_later_run_and_is_a_finding(anchored, left, capsys):
    (cut,) = anchors()
    cut.write_bytes(cut.read_bytes()[:left])

    assert keep_chain_heads(actor=TIMER, once_a_day=True) is None  # today's is there, by its name
    with telling(now() + timedelta(days=1)):
        written = keep_chain_heads(actor=TIMER, once_a_day=True)
    call_command("chain_heads", stdout=StringIO())

    findings = list(chain_anchors())
    assert written is not None and len(anchors()) == 3
    assert {"anchor": cut.name, "finding": "is damaged: cut short, or not to be read"} in findings
    assert {"anchor": 1, "finding": "was changed"} in findings
    assert not [finding for finding in findings if finding.get("anchor") in (path.name for path in anchors()[1:])]
    assert cut.name in capsys.readouterr().err


@pytest.mark.django_db
def test_p19_a_copy_that_lost_whole_lines_is_a_finding_too(tmp_path, anchored):
    path = keep_chain_heads(actor=TIMER, folder=tmp_path)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("chain_heads", check=tmp_path, stdout=out)

    assert "damaged" in out.getvalue()
