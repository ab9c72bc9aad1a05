"""P22: beat starts and sweeps without a broker, and waits for nothing that is not there."""

import threading
import time

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from kernel.beat import SteadyScheduler
from kernel.services import facts as facts_service


@pytest.fixture
def gone(tmp_path):
    """An application whose broker does not exist, with one task that says in which thread it ran."""
    app = Celery("gone", broker=f"redis+socket://{tmp_path}/nowhere.sock", set_as_current=False)
    app.conf.broker_transport_options = {"socket_connect_timeout": 1, "max_retries": 1}
    app.conf.beat_schedule_filename = str(tmp_path / "schedule")
    ran, go_on = [], threading.Event()

    @app.task(name="tests.sweep", shared=False)
    def sweep():
        ran.append(threading.current_thread().name)
        go_on.wait(20)

    app.conf.beat_schedule = {"sweep": {"task": "tests.sweep", "schedule": 10.0}}
    app.finalize()
    return app, ran, go_on


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_sent_is_run_here_and_not_twice_at_once(gone):
    app, ran, go_on = gone
    scheduler = SteadyScheduler(app=app, schedule_filename=app.conf.beat_schedule_filename)
    entry = scheduler.schedule["sweep"]

    assert scheduler.producer  # it starts without a broker
    for _ in range(3):
        assert scheduler.apply_async(entry, producer=scheduler.producer, advance=False) is None
    until = time.monotonic() + 10
    while not ran and time.monotonic() < until:
        time.sleep(0.05)
    assert ran == ["sweep"]

    go_on.set()
    scheduler._running["sweep"].join(20)
    scheduler.apply_async(entry, producer=scheduler.producer, advance=False)
    scheduler._running["sweep"].join(20)
    assert ran == ["sweep", "sweep"]


def test_a_task_that_fails_here_does_not_end_beat(gone):
    app, _ran, _go_on = gone
    scheduler = SteadyScheduler(app=app, schedule_filename=app.conf.beat_schedule_filename, lazy=True)

    scheduler._run_here("tests.unknown")


def test_the_doorbell_is_left_alone_for_some_seconds_when_nobody_answers(monkeypatch):
    rung, moment = [], [100.0]

    def ring(*args, **kwargs):
        rung.append(args)
        raise OperationalError("no broker")

    monkeypatch.setattr(facts_service.current_app, "send_task", ring)
    monkeypatch.setattr(facts_service, "monotonic", lambda: moment[0])
    monkeypatch.setattr(facts_service, "_silent_until", 0.0)
    for later in (0, 1, 4.9, 5.1):
        moment[0] = 100.0 + later
        facts_service.ring_relay()

    assert len(rung) == 2
