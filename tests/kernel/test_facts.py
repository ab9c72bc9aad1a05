"""P18, P19: facts are written with the act, linked into every chain they concern, and any later tampering shows."""

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.audits import fact_chains
from kernel.models import ChainHead, ChainLink, Fact, PersonalValue
from kernel.services import verify_chain
from kernel.timer import Machinery
from tests.kernel.bells import BellRung, ring, subject

pytestmark = pytest.mark.django_db
ROUNDS = 100


def as_owner(*statements):
    """Run SQL as the owner does who has switched the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(*statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_p18_a_fact_says_who_did_what_to_which_row():
    actor = Machinery("member", user_id=7, acting_for="enterprise:3", request_id="abc")

    row = ring(5, actor=actor, chains=["enterprise:3", "enterprise:4"], changes={"state": ["a", "b"]})

    row = Fact.objects.get(pk=row.pk)
    assert (row.name, row.payload, row.changes) == ("tests.bell_rung", {"number": 5, "note": ""}, {"state": ["a", "b"]})
    assert (row.actor_kind, row.actor_user_id, row.acting_for, row.request_id) == ("member", 7, "enterprise:3", "abc")
    assert (row.subject_type, row.subject_id) == ("kernel.calendarday", str(subject().pk))
    assert sorted(row.links.values_list("chain", flat=True)) == ["enterprise:3", "enterprise:4"]


def test_p18_a_rolled_back_act_leaves_no_fact():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ring()
        1 / 0  # noqa: B018

    assert (Fact.objects.count(), ChainLink.objects.count(), ChainHead.objects.count()) == (0, 0, 0)


def test_p19_links_follow_each_other_and_the_head_names_the_last():
    for n in range(5):
        ring(n)

    links = list(ChainLink.objects.filter(chain="tests:1").order_by("seq"))
    assert [link.seq for link in links] == [1, 2, 3, 4, 5]
    assert [link.prev_hash for link in links] == ["0" * 64, *(link.hash for link in links[:-1])]
    head = ChainHead.objects.get(pk="tests:1")
    assert (head.seq, head.hash) == (5, links[-1].hash)
    assert verify_chain("tests:1") == [] == list(fact_chains())


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["kernel_fact", "kernel_chainlink"])
def test_p19_even_the_owner_meets_the_trigger_first(statement, table):
    ring()

    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert verify_chain("tests:1") == []


COLUMNS = {
    "name": "'tests.other'",
    "at": "at + interval '1 second'",
    "actor_kind": "'staff'",
    "actor_user_id": "coalesce(actor_user_id, 0) + 1",
    "acting_for": "acting_for || 'x'",
    "request_id": "request_id || 'x'",
    "subject_type": "subject_type || 'x'",
    "subject_id": "subject_id || 'x'",
    "payload": "jsonb_set(payload, '{number}', '99')",
    "changes": """'{"state": ["a", "z"]}'""",
    "personal": """'{"ip": [1, "x"]}'""",
    "content_hash": "reverse(content_hash)",
}


def test_p19_the_hash_covers_every_field_of_a_fact():
    covered = {f.column for f in Fact._meta.concrete_fields} - {"id"}

    assert set(COLUMNS) == covered


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_p19_a_change_of_any_field_is_found(column):
    row = ring()
    ring(2)

    as_owner((f"UPDATE kernel_fact SET {column} = {COLUMNS[column]} WHERE id = %s", [row.pk]))

    assert verify_chain("tests:1")


def tamper(kind: str, links: list, rng: random.Random) -> None:
    """Do one thing to a chain that its owner might try."""
    one, two = rng.sample(links, 2)
    tail = sorted(link.seq for link in links)[-rng.randint(1, len(links) - 1) :]
    statements = {
        "edit": [("UPDATE kernel_fact SET payload = jsonb_set(payload, '{number}', '777') WHERE id = %s", [one.fact_id])],
        "rehash": [("UPDATE kernel_chainlink SET hash = %s WHERE id = %s", [f"{rng.getrandbits(256):064x}", one.pk])],
        "delete_link": [("DELETE FROM kernel_chainlink WHERE id = %s", [one.pk])],
        "delete_fact": [
            ("DELETE FROM kernel_chainlink WHERE fact_id = %s", [one.fact_id]),
            ("DELETE FROM kernel_fact WHERE id = %s", [one.fact_id]),
        ],
        "only_fact": [("DELETE FROM kernel_fact WHERE id = %s", [one.fact_id])],
        "swap": [
            ("UPDATE kernel_chainlink SET fact_id = -1 WHERE id = %s", [one.pk]),
            ("UPDATE kernel_chainlink SET fact_id = %s WHERE id = %s", [one.fact_id, two.pk]),
            ("UPDATE kernel_chainlink SET fact_id = %s WHERE id = %s", [two.fact_id, one.pk]),
        ],
        "reorder": [
            ("UPDATE kernel_chainlink SET seq = -1 WHERE id = %s", [one.pk]),
            ("UPDATE kernel_chainlink SET seq = %s WHERE id = %s", [one.seq, two.pk]),
            ("UPDATE kernel_chainlink SET seq = %s WHERE id = %s", [two.seq, one.pk]),
        ],
        "truncate": [("DELETE FROM kernel_chainlink WHERE chain = 'tests:1' AND seq = ANY(%s)", [tail])],
        "renumber": [
            ("DELETE FROM kernel_chainlink WHERE chain = 'tests:1' AND seq = 1", []),
            ("UPDATE kernel_chainlink SET seq = seq - 1 + 1000 WHERE chain = 'tests:1'", []),
            ("UPDATE kernel_chainlink SET seq = seq - 1000 WHERE chain = 'tests:1'", []),
        ],
        "drop_head": [("DELETE FROM kernel_chainhead WHERE chain = 'tests:1'", [])],
        "turn_back_head": [("UPDATE kernel_chainhead SET seq = %s, hash = %s WHERE chain = 'tests:1'", [one.seq, one.hash[::-1]])],
    }
    as_owner(*statements[kind])


KINDS = [
    "edit",
    "rehash",
    "delete_link",
    "delete_fact",
    "only_fact",
    "swap",
    "reorder",
    "truncate",
    "renumber",
    "drop_head",
    "turn_back_head",
]


def test_p19_a_hundred_random_tamperings_by_the_owner_are_all_found():
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for n in range(8):
        ring(n, chains=["tests:1"] if n % 2 else ["tests:1", "tests:2"])
    links = list(ChainLink.objects.filter(chain="tests:1"))

    for number in range(ROUNDS):
        kind = KINDS[number % len(KINDS)]
        point = transaction.savepoint()
        tamper(kind, links, rng)
        assert list(fact_chains()), f"seed {seed}: {kind} was not found"
        transaction.savepoint_rollback(point)
    assert list(fact_chains()) == []


def test_p19_removing_the_tail_and_turning_the_head_back_leaves_facts_that_no_chain_holds():
    rows = [ring(n) for n in range(4)]
    second = ChainLink.objects.get(chain="tests:1", seq=2)

    as_owner(
        ("DELETE FROM kernel_chainlink WHERE seq > 2", []),
        ("UPDATE kernel_chainhead SET seq = 2, hash = %s", [second.hash]),
    )

    assert verify_chain("tests:1") == []  # the chain alone cannot know
    assert list(fact_chains()) == [{"fact": row.pk, "finding": "a fact that no chain holds"} for row in rows[2:]]


def test_p19_links_and_head_taken_together_show_in_the_audit():
    row = ring()

    as_owner(("DELETE FROM kernel_chainlink", []), ("DELETE FROM kernel_chainhead", []))

    assert list(fact_chains()) == [{"fact": row.pk, "finding": "a fact that no chain holds"}]


def test_decision_17_erasing_a_personal_value_breaks_no_hash():
    actor = Machinery("person", user_id=9, ip="203.0.113.9")
    row = ring(actor=actor)
    kept = PersonalValue.objects.get(subject="person:9", kind="ip")
    assert (kept.value, row.personal) == ("203.0.113.9", {"ip": [kept.pk, kept.commitment]})

    PersonalValue.objects.filter(pk=kept.pk).update(value="", salt="")

    assert list(fact_chains()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(f)::text || to_jsonb(l)::text FROM kernel_fact f JOIN kernel_chainlink l ON l.fact_id = f.id")
        assert "203.0.113.9" not in cursor.fetchone()[0]


def test_a_value_about_a_person_is_sealed_in_its_row_and_kept_once():
    actor = Machinery("person", user_id=9, ip="203.0.113.9")
    ring(1, actor=actor)
    ring(2, actor=actor)

    assert PersonalValue.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(p)::text FROM kernel_personalvalue p")
        assert "203.0.113.9" not in cursor.fetchone()[0]


def test_a_fact_name_is_declared_once(monkeypatch):
    from kernel import facts

    monkeypatch.setitem(facts.FACTS, BellRung.fact_name, BellRung)
    with pytest.raises(ValueError, match="declared twice"):
        facts.fact(BellRung.fact_name, label="again")(type("Again", (), {}))


def test_facts_of_an_instant_told_by_the_clock_carry_it():
    from kernel.clock import now, telling

    moment = now() - timedelta(days=400)
    with telling(moment):
        assert ring().at == moment
    assert now() > moment + timedelta(days=399)
