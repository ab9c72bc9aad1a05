"""Facts: frozen values in the past tense. Declaring one here gives it a name, a label for people, and handlers."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, dataclass_transform

from django.utils.translation import gettext_lazy as _

FACTS: dict[str, type[Any]] = {}
HANDLERS: dict[str, dict[str, Callable]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def fact(name: str, label):
    """Declare a frozen dataclass as a fact: `name` is stored, `label` is what timelines say (translatable)."""

    def declare(cls):
        cls = dataclass(frozen=True, kw_only=True)(cls)
        cls.fact_name, cls.fact_label = name, label
        if name in FACTS:
            raise ValueError(f"fact {name} is declared twice")
        FACTS[name] = cls
        return cls

    return declare


def on(*fact_types: type[Any]):
    """Register a handler: called once per fact, in its own transaction, with the stored Fact row."""

    def register(function):
        for fact_type in fact_types:
            HANDLERS.setdefault(fact_type.fact_name, {})[f"{function.__module__}.{function.__name__}"] = function
        return function

    return register


def as_payload(value) -> dict:
    """Turn a fact into the plain JSON that is stored and hashed."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


@fact("kernel.deadline_passed", _("A deadline passed"))
class DeadlinePassed:
    policy: str
    subject_type: str
    subject_id: str
    deadline_id: int


@fact("kernel.deliveries_revived", label=_("Given-up deliveries started again"))
class DeliveriesRevived:
    count: int


@fact("kernel.leftovers_swept", label=_("Leftovers cleaned up"))
class LeftoversSwept:
    removed: dict[str, int]


@fact("kernel.chain_heads_kept", label=_("Ends of the record chains kept outside the database"))
class ChainHeadsKept:
    number: int
    sha256: str
    chains: int


@fact("kernel.calendar_day_set", label=_("Working calendar changed"))
class CalendarDaySet:
    day: str


@fact("kernel.calendar_day_removed", label=_("Day taken out of the working calendar"))
class CalendarDayRemoved:
    day: str


@fact("kernel.keys_rotated", label=_("Sealed values and files sealed again with the newest key"))
class KeysRotated:
    resealed: dict[str, int]
    unreadable: int


@fact("kernel.job_requested", label=_("Job asked for"))
class JobRequested:
    job_id: int
    no: str
    kind: str


@fact("kernel.job_turn_came", label=_("Job's turn came"))
class JobTurnCame:
    job_id: int
    no: str
    kind: str


@fact("kernel.job_step_done", label=_("Part of a job done"))
class JobStepDone:
    job_id: int
    no: str
    kind: str
    step: int  # the one that comes next


@fact("kernel.job_finished", label=_("Job finished"))
class JobFinished:
    job_id: int
    no: str
    kind: str
    done: int
    refused: int
    counts: dict[str, int]


@fact("kernel.job_failed", label=_("Job failed"))
class JobFailed:
    job_id: int
    no: str
    kind: str
    done: int
    problem: str


@fact("kernel.job_cancelled", label=_("Job stopped"))
class JobCancelled:
    job_id: int
    no: str
    kind: str
    done: int


@fact("kernel.job_file_taken", label=_("File of a job downloaded"))
class JobFileTaken:
    job_id: int
    no: str
    kind: str
    which: str


@fact("kernel.job_expired", label=_("Files of a job erased after their days"))
class JobExpired:
    job_id: int
    no: str
    kind: str
