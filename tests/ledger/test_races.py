"""Races through real connections; each has a canary that does it the naive way and must lose."""

import threading
from unittest import mock

import pytest
from django.db import IntegrityError, connection, connections

from kernel.money import CREDIT, Money
from kernel.refusals import Refusal
from kernel.timer import COMMAND
from ledger import audits, queries
from ledger.models import Account, Entry, Hold
from ledger.services import Leg, hold_funds, holds, post_entry, refund_hold, release_hold, reverse_entry
from tests.worlds import funded_wallet, verified_enterprise

pytestmark = pytest.mark.django_db(transaction=True)
REF = ("tests.race", "1")
ROUNDS = 15


def xeh(minor: int) -> Money:
    return Money(minor, CREDIT)


class Racers:
    """Threads that start each round together; every one keeps its own connection."""

    def __init__(self, count: int):
        self.count, self.errors = count, []

    def run(self, rounds: int, act) -> list[list]:
        """Call act(racer, round) in every thread at once; return the results by round, refusals as their codes."""
        start, results = threading.Barrier(self.count), [[None] * self.count for _ in range(rounds)]

        def race(racer: int):
            try:
                for turn in range(rounds):
                    start.wait(timeout=60)
                    try:
                        results[turn][racer] = act(racer, turn)
                    except Refusal as refusal:
                        results[turn][racer] = refusal.code
            except Exception as error:
                self.errors.append(error)
                start.abort()
            finally:
                connections.close_all()

        threads = [threading.Thread(target=race, args=(n,)) for n in range(self.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not self.errors, self.errors
        return results


def clean() -> None:
    checks = (audits.zero_sum, audits.entries, audits.balances, audits.running_balances, audits.floors, audits.holds)
    assert [finding for check in checks for finding in check()] == []


@pytest.fixture
def pair():
    a, b = verified_enterprise(), verified_enterprise()
    funded_wallet(a, xeh(10_000))
    return a, b


def test_p4_race_of_releases_and_refunds_settles_each_hold_exactly_once(pair):
    a, b = pair
    holds = [hold_funds(key=f"h{n}", payer_id=a.pk, payee_id=b.pk, amount=xeh(100), ref=REF, actor=COMMAND).pk for n in range(ROUNDS)]

    def act(racer, turn):
        settle = release_hold if racer % 2 else refund_hold
        return settle(holds[turn], key=f"s{turn}-{racer}", actor=COMMAND).state

    results = Racers(8).run(ROUNDS, act)

    for result in results:
        assert sorted(result).count("illegal_move") == 7
    released = Hold.objects.filter(state="released").count()
    assert queries.balance(b.pk) == xeh(100 * released)
    assert queries.balance(a.pk) == xeh(10_000 - 100 * released)
    clean()


def test_p4_canary_without_lock_and_condition_the_race_is_noticed(pair):
    a, b = pair
    pks = [hold_funds(key=f"h{n}", payer_id=a.pk, payee_id=b.pk, amount=xeh(100), ref=REF, actor=COMMAND).pk for n in range(ROUNDS)]
    looked = threading.Barrier(8)

    def unlocked(rows, **key):
        record = rows.get(**key)
        looked.wait(timeout=60)  # everybody has read before anybody writes
        return record

    def unconditional(record, verb, **changes):
        type(record).objects.filter(pk=record.pk).update(state=type(record).MACHINE.target(record.state, verb), **changes)

    def act(racer, turn):
        try:
            return release_hold(pks[turn], key=f"s{turn}-{racer}", actor=COMMAND).state
        except IntegrityError as error:
            return error.__cause__.diag.constraint_name

    with mock.patch.object(holds, "lock", unlocked), mock.patch.object(holds, "move", unconditional):
        results = Racers(8).run(ROUNDS, act)

    for result in results:  # what the race above insists on is gone, and the database's own guard is what still pays only once
        assert (result.count("illegal_move"), result.count("ledger_hold_guard")) == (0, 7)
    assert queries.balance(b.pk) == xeh(100 * ROUNDS)


def test_p3_race_of_fifty_never_breaks_the_floor(pair):
    a, b = pair  # 10,000 there, fifty ask for 400 each: 25 fit

    def act(racer, turn):
        return bool(hold_funds(key=f"r{racer}", payer_id=a.pk, payee_id=b.pk, amount=xeh(400), ref=REF, actor=COMMAND))

    [result] = Racers(50).run(1, act)

    assert (result.count(True), result.count("insufficient_funds")) == (25, 25)
    assert queries.balance(a.pk) == xeh(0)
    assert Hold.objects.count() == 25
    clean()


def test_p3_canary_check_without_lock_breaks_the_floor(pair):
    a, _b = pair
    with connection.cursor() as cursor:  # neither trigger nor CHECK to save it
        cursor.execute("SET session_replication_role = replica")
        Account.objects.filter(holder=a.chain, purpose="wallet").update(balance_minor=400, floor_minor=None)
        cursor.execute("SET session_replication_role = origin")
    looked = threading.Barrier(8)

    def naive(racer, turn):
        enough = queries.balance(a.pk).minor >= 400
        looked.wait(timeout=60)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE ledger_account SET balance_minor = balance_minor - 400 WHERE holder = %s", [a.chain])
        return enough

    Racers(8).run(1, naive)

    assert queries.balance(a.pk) == xeh(400 - 8 * 400)


def test_p6_race_on_one_key_makes_one_entry(pair):
    a, b = pair

    def act(racer, turn):
        minor = 10 if racer < 6 else 11  # two bring other legs
        legs = [Leg(a.chain, "wallet", CREDIT, -minor), Leg(b.chain, "wallet", CREDIT, minor)]
        return post_entry(key=f"k{turn}", kind="correction", legs=legs, ref=REF, actor=COMMAND).pk

    results = Racers(8).run(ROUNDS, act)

    assert Entry.objects.filter(ref_type=REF[0]).count() == ROUNDS
    for result in results:
        made = {answer for answer in result if answer != "key_reused"}
        assert len(made) == 1
        assert result.count("key_reused") in (2, 6)
    clean()


def test_p6_race_on_one_hold_key_makes_one_hold(pair):
    a, b = pair

    def act(racer, turn):
        return hold_funds(key=f"k{turn}", payer_id=a.pk, payee_id=b.pk, amount=xeh(100), ref=REF, actor=COMMAND).pk

    results = Racers(8).run(ROUNDS, act)

    assert all(len(set(result)) == 1 for result in results)
    assert queries.balance(a.pk) == xeh(10_000 - 100 * ROUNDS)
    clean()


def test_race_of_opposite_transfers_neither_deadlocks_nor_loses(pair):
    a, b = pair
    funded_wallet(b, xeh(10_000))

    def act(racer, turn):
        giver, taker = (a, b) if racer % 2 else (b, a)
        legs = [Leg(giver.chain, "wallet", CREDIT, -7), Leg(taker.chain, "wallet", CREDIT, 6), Leg("platform", "fees", CREDIT, 1)]
        return post_entry(key=f"x{turn}-{racer}", kind="fee", legs=legs, ref=REF, actor=COMMAND).fresh

    results = Racers(8).run(ROUNDS, act)

    assert all(all(result) for result in results)
    fees = Account.objects.get(holder="platform", purpose="fees")
    assert queries.derived_balance(fees) == xeh(8 * ROUNDS)
    assert queries.balance(a.pk) + queries.balance(b.pk) == xeh(20_000 - 8 * ROUNDS)
    clean()


def transfers(pair, count: int) -> list[Entry]:
    a, b = pair
    legs = [Leg(a.chain, "wallet", CREDIT, -5), Leg(b.chain, "wallet", CREDIT, 5)]
    return [post_entry(key=f"t{n}", kind="fee", legs=legs, ref=REF, actor=COMMAND) for n in range(count)]


def test_p2_race_of_corrections_mirrors_each_entry_exactly_once(pair):
    a, b = pair
    entries = transfers(pair, ROUNDS)

    def act(racer, turn):
        return reverse_entry(entries[turn].pk, key=f"c{racer}", actor=COMMAND).reverses_id

    results = Racers(8).run(ROUNDS, act)

    for turn, result in enumerate(results):
        assert (result.count(entries[turn].pk), result.count("reversed_already")) == (1, 7)
    assert (queries.balance(a.pk), queries.balance(b.pk)) == (xeh(10_000), xeh(0))
    assert Entry.objects.exclude(reverses=None).count() == ROUNDS
    clean()


def test_p2_canary_looking_before_correcting_corrects_twice(pair):
    a, _b = pair
    [entry] = transfers(pair, 1)
    looked = threading.Barrier(8)

    def naive(racer, turn):
        done = Entry.objects.filter(reverses=entry).exists()
        looked.wait(timeout=60)
        legs = [Leg(a.chain, "wallet", CREDIT, 5), Leg("platform", "suspense", CREDIT, -5)]
        return done or post_entry(key=f"n{racer}", kind="correction", legs=legs, ref=REF, actor=COMMAND).fresh

    [result] = Racers(8).run(1, naive)

    assert result.count(True) == 8
    assert queries.balance(a.pk) == xeh(10_000 - 5 + 8 * 5)
