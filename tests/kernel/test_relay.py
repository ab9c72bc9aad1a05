"""F6, P21, P23: each handler hears each fact exactly once, whatever fails, dies or runs beside it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from kernel.audits import deliveries
from kernel.clock import now, telling
from kernel.facts import HANDLERS
from kernel.models import Delivery, RequestKey
from kernel.services import deliver_due, record, revive_dead
from kernel.services.relay import MAX_ATTEMPTS
from kernel.tasks import relay
from kernel.timer import COMMAND
from tests.kernel.bells import BellRung, ring
from tests.races import race


def heard() -> list[str]:
    """What the handlers have written, in the database like any handler's effect."""
    return sorted(RequestKey.objects.values_list("key", flat=True))


def note(fact, who: str) -> None:
    # The unique key makes a second effect an error that the test sees.
    RequestKey.objects.create(key=f"{who}-{fact.payload['number']}", verb="tests", inputs_hash="x", created_at=now())


@pytest.fixture
def handlers(monkeypatch):
    """Give the bell two handlers, `first` and `second`, and return their table."""
    table = {"first": lambda fact: note(fact, "first"), "second": lambda fact: note(fact, "second")}
    monkeypatch.setitem(HANDLERS, BellRung.fact_name, table)
    return table


@pytest.mark.django_db
def test_each_handler_hears_a_fact_once(handlers):
    ring(1)
    ring(2)

    assert (deliver_due(), deliver_due()) == (4, 0)

    assert heard() == ["first-1", "first-2", "second-1", "second-2"]
    assert Delivery.objects.filter(done_at=None).count() == 0
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db
def test_a_failing_handler_writes_nothing_and_is_tried_again_later_without_its_neighbour(handlers):
    def fail(fact):
        note(fact, "half")
        raise OSError("mail server away")

    handlers["first"] = fail
    ring(1)
    deliver_due()
    assert heard() == ["second-1"]
    row = Delivery.objects.get(handler="first")
    assert (row.attempts, row.done_at, row.error) == (1, None, "OSError('mail server away')")
    assert deliver_due() == 0  # not before its time

    handlers["first"] = lambda fact: note(fact, "first")
    with telling(row.due_at):
        assert deliver_due() == 1
    assert heard() == ["first-1", "second-1"]


@pytest.mark.django_db
def test_a_handler_that_breaks_its_transaction_does_not_break_the_relay(handlers):
    def clash(fact):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    handlers["first"] = clash
    ring(1)

    deliver_due()

    assert heard() == ["second-1"]
    assert "division by zero" in Delivery.objects.get(handler="first").error


@pytest.mark.django_db
def test_after_ten_failures_a_delivery_is_given_up_shown_by_the_audit_and_can_be_revived(handlers):
    def fail(fact):
        raise ValueError("never works")

    handlers["first"] = fail
    ring(1)
    waits = []
    for _attempt in range(MAX_ATTEMPTS):
        row = Delivery.objects.get(handler="first")
        assert row.dead_at is None
        with telling(max(row.due_at, now())) as _:
            before = row.due_at
            deliver_due()
            waits.append(Delivery.objects.get(handler="first").due_at - before)
    row.refresh_from_db()
    assert (row.attempts, row.done_at) == (10, None)
    assert row.dead_at
    assert waits[-1] == timedelta(seconds=600)
    with telling(now() + timedelta(days=9)):
        assert deliver_due() == 0
    assert [f["handler"] for f in deliveries()] == ["first"]

    handlers["first"] = lambda fact: note(fact, "first")
    assert revive_dead(actor=COMMAND) == 1
    assert deliver_due() == 1
    assert heard() == ["first-1", "second-1"]
    assert list(deliveries()) == []


@pytest.mark.django_db
def test_a_delivery_to_a_handler_that_is_gone_is_kept_as_failed(handlers):
    ring(1)
    del handlers["second"]

    deliver_due()

    row = Delivery.objects.get(handler="second")
    assert (row.done_at, row.attempts) == (None, 1)
    assert "no handler second" in row.error


@pytest.mark.django_db
def test_a_rolled_back_act_promises_nothing(handlers):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ring(1)
        1 / 0  # noqa: B018

    assert deliver_due() == 0
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_a_handlers_own_facts_are_delivered_in_the_same_run(handlers):
    handlers["first"] = lambda fact: ring(fact.payload["number"] + 1) if fact.payload["number"] < 5 else None

    ring(1)
    deliver_due()

    assert heard() == [f"second-{n}" for n in range(1, 6)]


@pytest.mark.django_db
def test_the_audit_reports_facts_that_nobody_delivers(handlers):
    with telling(now() - timedelta(minutes=11)):
        ring(1)

    assert [f["finding"] for f in deliveries()] == [
        "facts wait for delivery for more than ten minutes: is the worker or the relay running?"
    ]


@pytest.mark.django_db(transaction=True)
def test_p23_eight_relays_at_once_deliver_each_fact_once(handlers):
    with transaction.atomic():
        for n in range(40):
            ring(n)

    results = race([deliver_due] * 8)

    assert sum(results) == 80, results
    assert heard() == sorted(f"{who}-{n}" for who in ("first", "second") for n in range(40))


@pytest.mark.django_db(transaction=True)
def test_p21_a_relay_that_dies_between_effect_and_commit_leaves_nothing_and_the_next_one_delivers(handlers):
    entered = threading.Event()

    def die(fact):
        note(fact, "first")
        entered.set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    handlers["first"] = die
    ring(1)
    results = race([deliver_due])
    assert isinstance(results[0], Exception)
    assert entered.is_set()
    assert "first-1" not in heard()

    handlers["first"] = lambda fact: note(fact, "first")
    deliver_due()
    assert heard() == ["first-1", "second-1"]


@pytest.mark.django_db(transaction=True)
def test_p23_the_task_run_twice_changes_nothing_the_second_time(handlers):
    ring(1)

    relay()
    state = list(Delivery.objects.order_by("pk").values())
    relay()

    assert list(Delivery.objects.order_by("pk").values()) == state
    assert heard() == ["first-1", "second-1"]


@pytest.mark.django_db(transaction=True)
def test_p22_an_act_succeeds_while_the_broker_is_away(handlers, monkeypatch):
    from celery import current_app

    rung = []

    def away(*args, **kwargs):
        rung.append(args)
        raise ConnectionError("no broker")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", away)
    with transaction.atomic():
        record(BellRung(number=1), actor=COMMAND, subject=Delivery(pk=1), chains=["tests:1"])
        record(BellRung(number=2), actor=COMMAND, subject=Delivery(pk=1), chains=["tests:1"])

    assert rung == [("kernel.relay",)]  # one doorbell a transaction
    assert deliver_due() == 4
