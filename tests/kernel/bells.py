"""A fact of these tests alone, and rows to hang promises on; registered nowhere, so that no other test meets it."""

from kernel.facts import FACTS, fact
from kernel.models import CalendarDay
from kernel.services import record
from kernel.timer import COMMAND


@fact("tests.bell_rung", label="A bell rang")
class BellRung:
    number: int
    note: str = ""


del FACTS[BellRung.fact_name]


def subject(index: int = 0):
    """Some row that facts and deadlines can be about."""
    return CalendarDay.objects.all()[index]


def ring(number: int = 1, *, chains=("tests:1",), actor=COMMAND, note: str = "", **more):
    return record(BellRung(number=number, note=note), actor=actor, subject=subject(), chains=chains, **more)
