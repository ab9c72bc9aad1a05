"""Keeping the working calendar: a fact for each change. Deadlines that run already keep the due time that people were told."""

from datetime import date

from django.db import transaction

from ..chains import PLATFORM
from ..facts import CalendarDayRemoved, CalendarDaySet
from ..models import CalendarDay
from .facts import record


@transaction.atomic
def set_calendar_day(day: date, *, working: bool, name: str, provisional: bool, actor) -> CalendarDay:
    """Say of a day whether it is worked (DOMAIN §6); what was said before is in the fact. Nothing is computed anew."""
    after = {"working": working, "name": name.strip(), "provisional": provisional}
    CalendarDay.objects.bulk_create([CalendarDay(day=day, working=not working)], ignore_conflicts=True)
    row = CalendarDay.objects.select_for_update(no_key=True).get(pk=day)
    before = {field: getattr(row, field) for field in after}
    changes = {field: [before[field], after[field]] for field in after if before[field] != after[field]}
    if changes:
        CalendarDay.objects.filter(pk=day).update(**after)
        record(CalendarDaySet(day=day.isoformat()), actor=actor, subject=row, chains=[PLATFORM], changes=changes)
        row.refresh_from_db()
    return row


@transaction.atomic
def remove_calendar_day(day: date, *, actor) -> bool:
    """Let a day follow the week again; False when the calendar did not name it."""
    row = CalendarDay.objects.select_for_update(no_key=True).filter(pk=day).first()
    if row is None:
        return False
    changes = {field: [getattr(row, field), None] for field in ("working", "name", "provisional")}
    record(CalendarDayRemoved(day=day.isoformat()), actor=actor, subject=row, chains=[PLATFORM], changes=changes)
    CalendarDay.objects.filter(pk=day).delete()
    return True
