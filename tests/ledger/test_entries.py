"""Posting: balanced, once per key, never below a floor, never rewritten."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction

from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import KeyReused, Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Account, Entry, Posting
from ledger.services import Leg, pay_out, post_entry
from tests.worlds import funded_wallet, verified_enterprise

REF = ("tests.thing", "1")


def xeh(minor: int) -> Money:
    return Money(minor, CREDIT)


def move(key: str, giver: str, taker: str, minor: int, **more) -> Entry:
    legs = [Leg(giver, "wallet", CREDIT, -minor), Leg(taker, "wallet", CREDIT, minor)]
    return post_entry(**{"key": key, "kind": "correction", "legs": legs, "ref": REF, "actor": COMMAND, **more})


@pytest.fixture
def pair(db):
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, xeh(1000))
    return a, b


def test_entry_moves_balances_and_keeps_running_balances(pair):
    a, b = pair

    entry = move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)

    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(700), xeh(300))
    assert sorted(entry.postings.values_list("minor", "balance_after")) == [(-300, 700), (300, 300)]
    assert entry.fresh and Entry.objects.get(key="k1").pk == entry.pk


def test_posting_is_one_round_trip(pair, django_assert_num_queries):
    a, b = pair

    with django_assert_num_queries(1):
        move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)


def test_p6_same_key_and_legs_answer_the_same_entry(pair):
    a, b = pair
    first = move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)

    again = move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)

    assert (again.pk, again.at, again.fresh) == (first.pk, first.at, False)
    assert queries.balance(a.pk) == xeh(700)


def test_p6_same_key_with_other_legs_is_refused(pair):
    a, b = pair
    move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)

    with pytest.raises(KeyReused):
        move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 301)

    assert queries.balance(a.pk) == xeh(700)


def test_p3_floor_refuses_and_leaves_nothing(pair):
    a, b = pair

    with pytest.raises(Refusal) as refusal:
        move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 1001)

    assert refusal.value.code == "insufficient_funds"
    assert queries.balance(a.pk) == xeh(1000)
    assert not Entry.objects.filter(key="k1").exists()
    assert not Account.objects.filter(holder=f"enterprise:{b.pk}").exists()
    move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 1000)  # the refused key is free again


def test_p1_unbalanced_legs_are_refused(pair):
    a, b = pair
    legs = [Leg(f"enterprise:{a.pk}", "wallet", CREDIT, -5), Leg(f"enterprise:{b.pk}", "wallet", CREDIT, 4)]

    with pytest.raises(Refusal) as refusal:
        post_entry(key="k1", kind="correction", legs=legs, ref=REF, actor=COMMAND)

    assert refusal.value.code == "unbalanced"
    assert not Entry.objects.filter(key="k1").exists()


@pytest.mark.parametrize(
    "leg",
    [
        Leg("enterprise:0", "wallet", CREDIT, 5), Leg("nobody", "wallet", CREDIT, 5), Leg("enterprise:1", "pocket", CREDIT, 5),
        Leg("enterprise:1", "wallet", "ZZZ", 5), Leg("enterprise:1", "wallet", CREDIT, 0), Leg("enterprise:1", "wallet", CREDIT, True),
        Leg("enterprise:1", "wallet", CREDIT, 10**15 + 1),
    ],
)  # fmt: skip
def test_legs_that_no_caller_may_build_are_a_fault(leg):
    with pytest.raises(ValueError, match=r"no such account|not an amount"):
        post_entry(key="k", kind="correction", legs=[leg, Leg("platform", "fees", CREDIT, -5)], ref=REF, actor=COMMAND)


def test_legs_that_meet_on_one_account_run_in_order(pair):
    a, b = pair
    legs = [
        Leg(f"enterprise:{a.pk}", "wallet", CREDIT, -400), Leg(f"enterprise:{b.pk}", "wallet", CREDIT, 300),
        Leg(f"enterprise:{a.pk}", "wallet", CREDIT, -50), Leg("platform", "fees", CREDIT, 150),
    ]  # fmt: skip

    entry = post_entry(key="k1", kind="fee", legs=legs, ref=REF, actor=COMMAND)

    rows = list(entry.postings.order_by("pk").values_list("minor", "balance_after"))
    assert rows == [(-400, 600), (300, 300), (-50, 550), (150, None)]
    assert list(audits.running_balances()) == list(audits.balances()) == []


def raw_entry(key: str, legs: int | None = None) -> Entry:
    return Entry.objects.create(
        key=key, kind="x", legs_hash="", ref_type="t", ref_id="1", at=datetime.now(UTC), actor_kind="command", legs=legs
    )


def test_p1_canary_raw_unbalanced_insert_fails_at_commit(pair):
    a, _b = pair
    account = Account.objects.get(holder=f"enterprise:{a.pk}", purpose="wallet")

    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        Posting.objects.create(entry=raw_entry("raw", legs=1), account=account, minor=5, currency=CREDIT, balance_after=5)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what COMMIT does

    assert not Entry.objects.filter(key="raw").exists()


def test_p1_canary_audit_finds_what_the_trigger_was_kept_from_seeing(pair):
    a, _b = pair
    account = Account.objects.get(holder=f"enterprise:{a.pk}", purpose="wallet")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    entry = raw_entry("raw")
    Posting.objects.create(entry=entry, account=account, minor=5, currency=CREDIT, balance_after=7)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert {"finding": f"entry {entry.pk} sums to 5 {CREDIT}"} in list(audits.zero_sum())
    assert list(audits.balances()) == [{"finding": f"account {account.pk} says 1000, its postings say 1005"}]
    assert len(list(audits.running_balances())) == 1


TABLES = ["ledger_entry", "ledger_posting", "ledger_limitchange"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sql", ["UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_p2_application_role_cannot_rewrite(pair, table, sql):
    before = Posting.objects.count()

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE barter_app")
        cursor.execute(sql.format(table))

    assert Posting.objects.count() == before == 2


@pytest.mark.parametrize("sql", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting"])
def test_p2_even_the_owner_meets_the_trigger(pair, table, sql):
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))


def test_p2_application_role_may_post(pair):
    a, b = pair
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE barter_app")
        move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)
        cursor.execute("RESET ROLE")

    assert queries.balance(b.pk) == xeh(300)


def test_p2_canary_audit_misses_a_dropped_trigger(pair):
    assert list(audits.guards()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER ledger_zero_sum ON ledger_posting")
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger_entry'::regclass AND tgname LIKE 'pgtrigger_append%'")
        cursor.execute(f"ALTER TABLE ledger_entry DISABLE TRIGGER {cursor.fetchone()[0]}")

    assert list(audits.guards()) == [
        {"finding": "ledger_entry is without its trigger pgtrigger_append_only"},
        {"finding": "ledger_posting is without its trigger ledger_zero_sum"},
    ]


def test_p2_balance_as_of_equals_a_replay(db):
    a, b = verified_enterprise(), verified_enterprise()
    start, replay = datetime(2026, 11, 1, 8, tzinfo=UTC), []
    with time_machine.travel(start, tick=False) as clock:
        funded_wallet(a, xeh(1000))
        for n in range(1, 9):
            clock.shift(timedelta(hours=1))
            giver, taker = (a, b) if n % 3 else (b, a)
            move(f"k{n}", f"enterprise:{giver.pk}", f"enterprise:{taker.pk}", 10 * n)
            replay.append((now().timestamp(), queries.balance(a.pk)))
    account = Account.objects.get(holder=f"enterprise:{a.pk}", purpose="wallet")

    for at, expected in replay:
        assert queries.balance_as_of(account, datetime.fromtimestamp(at, UTC)) == expected
        assert queries.balance_as_of(account, datetime.fromtimestamp(at + 1800, UTC)) == expected
    assert queries.balance_as_of(account, start - timedelta(seconds=1)) == xeh(0)


def test_credit_is_never_paid_out(pair):
    a, _b = pair

    with pytest.raises(Refusal) as refusal:
        pay_out(key="p", enterprise_id=a.pk, amount=xeh(5), ref=REF, actor=COMMAND)

    assert refusal.value.code == "currency_not_cash"
    assert queries.balance(a.pk) == xeh(1000)


def test_movements_name_kind_amount_and_voucher(pair):
    a, b = pair
    entry = move("k1", f"enterprise:{a.pk}", f"enterprise:{b.pk}", 300)

    [movement] = queries.entries_about(REF)

    assert (movement.kind, movement.amount, movement.no) == ("correction", xeh(300), entry.no)
    assert entry.no.endswith(f"{entry.pk:06d}")
