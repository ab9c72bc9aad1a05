"""Deadlines are rows: started with the act, met or cancelled by later acts, fired once by the sweep, never early (P20)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from .. import deadlines as policies
from ..chains import subject_of
from ..clock import now
from ..facts import DeadlinePassed
from ..models import CalendarDay, Deadline
from ..timer import TIMER
from ..workdays import WorkCalendar
from .facts import hold_chains, record


def work_calendar() -> WorkCalendar:
    """Read the stored calendar (some seventy rows a pair of years)."""
    rows = list(CalendarDay.objects.all())
    return WorkCalendar({r.day: r.working for r in rows}, frozenset(r.day.year for r in rows if r.provisional))


@transaction.atomic
def start_deadline(code: str, subject, *, chains: Iterable[str], at: datetime | None = None) -> Deadline:
    """Start a promise about a row; one that is already open is returned as it is."""
    subject_type, subject_id = subject_of(subject)
    start = at or now()
    due = partial(policies.current(code).due, start, work_calendar)
    found = _open(subject).filter(policy=code).first()
    return found or Deadline.objects.create(
        policy=code, subject_type=subject_type, subject_id=subject_id, chains=sorted(set(chains)), started_at=start, due_at=due()
    )


def start_deadlines(code: str, subjects: Sequence, *, chains: Iterable[str]) -> None:
    """Start the same promise about many new rows of one table, about which none is open yet."""
    start, told = now(), sorted(set(chains))
    due = policies.current(code).due(start, work_calendar)
    rows = []
    for subject in subjects:
        subject_type, subject_id = subject_of(subject)
        rows.append(
            Deadline(policy=code, subject_type=subject_type, subject_id=subject_id, chains=told, started_at=start, due_at=due)
        )  # fmt: skip
    Deadline.objects.bulk_create(rows, batch_size=5000)


def _open(subject):
    subject_type, subject_id = subject_of(subject)
    return Deadline.objects.filter(subject_type=subject_type, subject_id=subject_id, met_at=None, cancelled_at=None, fired_at=None)


def meet_deadline(code: str, subject) -> bool:
    """Mark the open promise as kept; False when none is open (it may have fired already)."""
    return bool(_open(subject).filter(policy=code).update(met_at=now()))


def hand_deadline(code: str, subject, heir) -> bool:
    """Let the open promise about one row be about another row of its table, as it runs; False when none is open."""
    return bool(_open(subject).filter(policy=code).update(subject_id=subject_of(heir)[1]))


def cancel_deadlines(subject, *codes: str) -> int:
    """Cancel every open promise about a row, or those of the named policies: what it was about has ended."""
    rows = _open(subject)
    return (rows.filter(policy__in=codes) if codes else rows).update(cancelled_at=now())


def pause_deadlines(subject) -> int:
    """Stop every open promise about a row from running, and so from firing, until it is resumed; returns how many."""
    return _open(subject).filter(paused_at=None).update(paused_at=now())


@transaction.atomic
def resume_deadlines(subject) -> int:
    """Let paused promises run on, their due time moved by the length of the pause."""
    paused = list(_open(subject).exclude(paused_at=None).select_for_update(no_key=True).order_by("pk"))
    for deadline in paused:
        Deadline.objects.filter(pk=deadline.pk).update(due_at=deadline.due_at + (now() - deadline.paused_at), paused_at=None)
    return len(paused)


def sweep_deadlines(limit: int = 5000, batch: int = 200) -> int:
    """Fire every deadline that is due and return how many; safe beside itself, catches up after downtime."""
    fired, after, moment = 0, None, now()
    due = Deadline.objects.filter(met_at=None, cancelled_at=None, fired_at=None, paused_at=None, due_at__lte=moment)
    while fired < limit:
        later = due.filter(Q(due_at__gt=after[0]) | Q(due_at=after[0], pk__gt=after[1])) if after else due
        rows = list(later.order_by("due_at", "pk").values_list("due_at", "pk", "chains")[:batch])
        fired += sum(_fire(pk, chains) for _due, pk, chains in rows)
        if len(rows) < batch:
            break
        after = rows[-1][:2]
    return fired


@transaction.atomic
def _fire(pk: int, chains: list[str]) -> int:
    # Chains first and the row only if nobody has it: an act that is meeting this deadline now must not wait for us in a circle.
    hold_chains(chains)
    moment = now()
    still = Deadline.objects.filter(pk=pk, met_at=None, cancelled_at=None, fired_at=None, paused_at=None, due_at__lte=moment)
    row = still.select_for_update(skip_locked=True, no_key=True).first()
    if row is None:
        return 0
    Deadline.objects.filter(pk=pk).update(fired_at=moment)
    value = DeadlinePassed(policy=row.policy, subject_type=row.subject_type, subject_id=row.subject_id, deadline_id=row.pk)
    record(value, actor=TIMER, subject=row, chains=row.chains)
    return 1
