"""Working time on the Chinese calendar as pure functions; which days are off comes in as data (DOMAIN §6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS, CLOSES = time(9), time(18)


@dataclass(frozen=True)
class WorkCalendar:
    """Weekends are off unless the published calendar says otherwise: `days[date]` is True for work, False for off."""

    days: Mapping[date, bool]
    provisional_years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        return self.days.get(day, day.weekday() < 5)

    def working_day_after(self, start: date, n: int) -> date:
        """Return the n-th working day after `start` (start itself is not counted)."""
        day = start
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_working(day)
        return day

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """Add business hours (09:00-18:00 Beijing time on working days) to an aware moment."""
        at, left = start.astimezone(SHANGHAI), timedelta(hours=hours)
        while True:
            opens = datetime.combine(at.date(), OPENS, SHANGHAI)
            closes = datetime.combine(at.date(), CLOSES, SHANGHAI)
            if self.is_working(at.date()) and at < closes:
                at = max(at, opens)
                if left <= closes - at:
                    return at + left
                left -= closes - at
            at = datetime.combine(at.date() + timedelta(days=1), OPENS, SHANGHAI)

    def end_of_working_day_after(self, start: datetime, n: int) -> datetime:
        """Return closing time of the n-th working day after an aware moment's Beijing date."""
        day = self.working_day_after(start.astimezone(SHANGHAI).date(), n)
        return datetime.combine(day, CLOSES, SHANGHAI)
