"""The kernel hears of its own jobs: each part of one leaves the fact that begins the next."""

from . import services
from .facts import DeadlinePassed, JobRequested, JobStepDone, JobTurnCame, on
from .models import Fact
from .rules import JOB_KEPT, JOB_TIME


@on(JobRequested, JobTurnCame, JobStepDone)
def go_on_with_job(fact: Fact) -> None:
    services.run_step(fact.payload["job_id"], step=fact.payload.get("step", 0))


@on(DeadlinePassed)
def end_job(fact: Fact) -> None:
    """A job that took too long is given up; the files of one that ended a week ago are erased."""
    if fact.payload["policy"] == JOB_TIME.code:
        services.fail_late_job(int(fact.payload["subject_id"]))
    elif fact.payload["policy"] == JOB_KEPT.code:
        services.expire_job(int(fact.payload["subject_id"]))
