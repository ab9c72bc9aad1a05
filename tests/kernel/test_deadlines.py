"""P20: promises are rows; each fires once, never early, at once after downtime; pausing keeps what was left."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction

from kernel.audits import deadlines as audit_deadlines
from kernel.clock import now, telling
from kernel.deadlines import POLICIES, Policy, current
from kernel.models import CalendarDay, Deadline, Fact
from kernel.queries import open_deadline
from kernel.services import (
    cancel_deadlines,
    meet_deadline,
    pause_deadlines,
    resume_deadlines,
    start_deadline,
    sweep_deadlines,
    work_calendar,
)
from kernel.tasks import sweep_deadlines as sweep_task
from tests.kernel.bells import subject
from tests.races import race

BEIJING = ZoneInfo("Asia/Shanghai")
SHORT, LONG = "tests.short", "tests.long"
T0 = datetime(2026, 9, 18, 17, 30, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _policies(monkeypatch):
    monkeypatch.setitem(POLICIES, SHORT, Policy(SHORT, "short", "", hours=1))
    monkeypatch.setitem(POLICIES, LONG, Policy(LONG, "long", "", working_days=3))


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def fired() -> list[int]:
    return [f.payload["deadline_id"] for f in Fact.objects.filter(name="kernel.deadline_passed").order_by("id")]


def begin(code=SHORT, index=0, at=None):
    return start_deadline(code, subject(index), chains=["tests:1"], at=at)


# ---------- the calendar ----------


@pytest.mark.django_db
@pytest.mark.spec("H07", "H19", thin=True)
@pytest.mark.parametrize(
    ("start", "n", "day"),
    [
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-05-08", 1, "2026-05-09"),
        ("2025-12-31", 1, "2026-01-04"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2026-09-18", 1, "2026-09-20"),
    ],
)
def test_p20_the_nth_working_day_follows_the_published_calendar(start, n, day):
    assert work_calendar().working_day_after(date.fromisoformat(start), n) == date.fromisoformat(day)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "hours", "clock", "business"),
    [
        ("2026-09-18 17:30", 1, "2026-09-18 18:30", "2026-09-20 09:30"),
        ("2026-09-18 17:30", 8, "2026-09-19 01:30", "2026-09-20 16:30"),
        ("2026-09-18 17:30", 24, "2026-09-19 17:30", "2026-09-22 14:30"),
        ("2026-02-14 17:00", 8, "2026-02-15 01:00", "2026-02-24 16:00"),
        ("2026-09-30 17:30", 8, "2026-10-01 01:30", "2026-10-08 16:30"),
    ],
)
def test_p20_elapsed_and_working_hours_end_where_the_calendar_says(start, hours, clock, business):
    elapsed, working = Policy("a", "", "", hours=hours), Policy("b", "", "", hours=hours, working_time=True)

    assert elapsed.due(beijing(start), work_calendar) == beijing(clock)
    assert working.due(beijing(start), work_calendar) == beijing(business)
    utc = beijing(start).astimezone(ZoneInfo("UTC"))
    assert working.due(utc, work_calendar) == beijing(business)


@pytest.mark.django_db
def test_a_year_has_its_248_working_days_and_2027_is_provisional():
    calendar = work_calendar()

    for year in (2025, 2026):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert sum(calendar.is_working(day) for day in days) == 248
    assert calendar.provisional_years == frozenset({2027})


@pytest.mark.django_db
def test_working_days_count_from_the_beijing_date_and_end_at_closing_time():
    late = datetime(2026, 5, 7, 17, 0, tzinfo=ZoneInfo("UTC"))  # 01:00 on the 8th in Beijing

    assert Policy("a", "", "", working_days=1).due(late, work_calendar) == beijing("2026-05-09 18:00")


def test_the_operator_may_change_a_policys_numbers(settings):
    settings.DEADLINES = {SHORT: {"hours": 2}}

    assert (current(SHORT).hours, current(SHORT).code, POLICIES[SHORT].hours) == (2, SHORT, 1)


# ---------- the rows ----------


@pytest.mark.django_db
def test_p20_a_deadline_fires_once_and_never_early():
    row = begin(at=T0)
    due = T0 + timedelta(hours=1)

    with telling(due - timedelta(microseconds=1)):
        assert sweep_deadlines() == 0
    with telling(due):
        assert (sweep_deadlines(), sweep_deadlines()) == (1, 0)

    assert fired() == [row.pk]
    row.refresh_from_db()
    assert (row.due_at, row.fired_at, row.open) == (due, due, False)


@pytest.mark.django_db
def test_p20_after_downtime_everything_due_fires_at_once_and_nothing_else():
    for index in range(30):
        begin(index=index, at=T0 + timedelta(minutes=index))

    with telling(T0 + timedelta(minutes=60 + 19)):
        assert sweep_deadlines(batch=7) == 20
    with telling(T0 + timedelta(hours=26)):
        assert sweep_deadlines(batch=7) == 10

    assert len(fired()) == len(set(fired())) == 30


@pytest.mark.django_db
def test_p20_a_clock_that_jumps_back_fires_nothing_twice():
    begin(at=T0)
    for moment, expected in [(T0 + timedelta(hours=26), 1), (T0 - timedelta(hours=2), 0), (T0 + timedelta(hours=27), 0)]:
        with time_machine.travel(moment, tick=False):
            assert sweep_deadlines() == expected
    assert len(fired()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("end", [lambda: meet_deadline(SHORT, subject()), lambda: cancel_deadlines(subject()) == 1])
def test_p20_a_met_or_cancelled_deadline_does_not_fire(end):
    begin(at=T0)

    with telling(T0 + timedelta(minutes=59)):
        assert end()
    with telling(T0 + timedelta(days=9)):
        assert sweep_deadlines() == 0
        assert not end()
    assert fired() == []


@pytest.mark.django_db
def test_p20_only_the_named_promises_are_cancelled():
    begin(at=T0)

    assert cancel_deadlines(subject(), "another.policy") == 0
    assert cancel_deadlines(subject(), "another.policy", SHORT) == 1
    assert cancel_deadlines(subject()) == 0


@pytest.mark.django_db
def test_p20_what_has_fired_can_no_longer_be_met():
    row = begin(at=T0)
    with telling(T0 + timedelta(hours=2)):
        sweep_deadlines()

        assert meet_deadline(SHORT, subject()) is False
    row.refresh_from_db()
    assert row.met_at is None


@pytest.mark.django_db
def test_p20_a_paused_deadline_waits_and_runs_on_with_what_was_left():
    row = begin(at=T0)
    with telling(T0 + timedelta(minutes=45)):
        assert pause_deadlines(subject()) == 1
    with telling(T0 + timedelta(days=3)):
        assert sweep_deadlines() == 0
        assert resume_deadlines(subject()) == 1
        assert (pause_deadlines(subject()), resume_deadlines(subject())) == (1, 1)  # a pause of no length takes nothing

    row.refresh_from_db()
    assert row.due_at == T0 + timedelta(days=3, minutes=15)
    with telling(row.due_at - timedelta(seconds=1)):
        assert sweep_deadlines() == 0
    with telling(row.due_at):
        assert sweep_deadlines() == 1


@pytest.mark.django_db
def test_pausing_twice_keeps_the_first_moment():
    row = begin(at=T0)
    for minutes in (10, 40):
        with telling(T0 + timedelta(minutes=minutes)):
            pause_deadlines(subject())
    with telling(T0 + timedelta(minutes=50)):
        resume_deadlines(subject())

    row.refresh_from_db()
    assert row.due_at == T0 + timedelta(minutes=60 + 40)


@pytest.mark.django_db
def test_starting_an_open_deadline_again_changes_nothing_and_a_new_one_may_follow_a_met_one():
    first = begin(at=T0)
    assert begin(at=T0 + timedelta(minutes=30)) == first
    assert open_deadline(subject(), SHORT) == first

    meet_deadline(SHORT, subject())
    second = begin(at=T0 + timedelta(minutes=40))

    assert (second.pk != first.pk, second.due_at) == (True, T0 + timedelta(minutes=100))
    assert open_deadline(subject(), SHORT) == second


@pytest.mark.django_db
def test_the_database_allows_one_open_deadline_of_a_policy_and_none_due_before_it_starts():
    row = begin(at=T0)
    for changes in ({}, {"policy": "tests.other", "due_at": T0 - timedelta(seconds=1)}):
        values = {f: getattr(row, f) for f in ("policy", "subject_type", "subject_id", "started_at", "due_at")}
        with pytest.raises(IntegrityError), transaction.atomic():
            Deadline.objects.create(**{**values, **changes})


@pytest.mark.django_db
def test_meeting_one_policy_leaves_another_running_and_other_rows_alone():
    begin(at=T0)
    begin(LONG, at=T0)
    begin(index=1, at=T0)

    meet_deadline(SHORT, subject())

    with telling(T0 + timedelta(days=30)):
        assert sweep_deadlines() == 2


@pytest.mark.django_db
def test_the_audit_reports_what_is_due_and_never_fired():
    row = begin(at=now() - timedelta(hours=1, minutes=11))

    assert [f["deadline"] for f in audit_deadlines()] == [row.pk]
    sweep_deadlines()
    assert list(audit_deadlines()) == []


@pytest.mark.django_db
def test_calendar_days_are_stored_as_published():
    assert CalendarDay.objects.get(pk=date(2026, 10, 10)).working is True
    assert CalendarDay.objects.get(pk=date(2026, 9, 25)).working is False


@pytest.mark.django_db(transaction=True)
def test_p23_eight_sweeps_at_once_fire_each_deadline_once():
    rows = [begin(index=index, at=now() - timedelta(hours=2)) for index in range(40)]

    results = race([lambda: sweep_deadlines(batch=7)] * 8)

    assert sum(results) == 40, results
    assert sorted(fired()) == sorted(row.pk for row in rows)
    sweep_task()
    assert len(fired()) == 40


@pytest.mark.django_db(transaction=True)
def test_p20_met_and_fired_at_the_same_moment_has_one_winner():
    for _round in range(12):
        row = begin(at=now() - timedelta(hours=2))

        met, swept = race([lambda: meet_deadline(SHORT, subject()), sweep_deadlines])

        assert met + swept == 1, (met, swept)
        row.refresh_from_db()
        assert bool(row.met_at) != bool(row.fired_at)
        assert (row.pk in fired()) == bool(row.fired_at)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_does_not_wait_for_a_deadline_that_an_act_holds():
    """An act that holds the row and then wants the chain must not meet a sweep that holds the chain and wants the row."""
    import threading

    from django.db import connection, transaction

    from kernel.models import CalendarDay, Deadline
    from kernel.services import hold_chains, start_deadline, sweep_deadlines

    subject = CalendarDay.objects.first()
    deadline = start_deadline("accounts.review", subject, chains=["enterprise:1"])
    Deadline.objects.filter(pk=deadline.pk).update(started_at="2026-01-01T00:00Z", due_at="2026-01-02T00:00Z")
    held, swept, errors = threading.Event(), threading.Event(), []

    def act():
        try:
            with transaction.atomic():
                Deadline.objects.select_for_update().get(pk=deadline.pk)
                held.set()
                swept.wait(10)
                hold_chains(["enterprise:1"])
                Deadline.objects.filter(pk=deadline.pk).update(met_at="2026-01-03T00:00Z")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    assert held.wait(10)
    fired = sweep_deadlines()
    swept.set()
    thread.join(20)

    assert (fired, errors) == (0, [])
    assert Deadline.objects.get(pk=deadline.pk).fired_at is None
