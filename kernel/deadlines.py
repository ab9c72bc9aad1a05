"""Deadline policies: how long a promise lasts and on which calendar; a promise itself is a row (models.Deadline)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from .workdays import WorkCalendar

POLICIES: dict[str, "Policy"] = {}


@dataclass(frozen=True)
class Policy:
    """`hours` elapsed or working hours, or `working_days` to the close of the n-th working day."""

    code: str
    label: object
    consequence: object  # what happens when it runs out; every clock on a page says so (SPEC decision 5)
    hours: float = 0
    working_days: int = 0
    working_time: bool = False

    def due(self, start: datetime, calendar: Callable[[], WorkCalendar]) -> datetime:
        """Compute the due moment, aware; the calendar is only asked for when the policy needs it."""
        if self.working_days:
            return calendar().end_of_working_day_after(start, self.working_days)
        if self.working_time:
            return calendar().add_working_hours(start, self.hours)
        return start + timedelta(hours=self.hours)


def policy(code: str, **definition) -> Policy:
    """Declare a policy; settings.DEADLINES may override its numbers."""
    POLICIES[code] = Policy(code=code, **definition)
    return POLICIES[code]


def current(code: str) -> Policy:
    """Return a policy as the operator has set it."""
    return replace(POLICIES[code], **settings.DEADLINES.get(code, {}))
