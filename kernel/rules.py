"""How long a job may take, and how long its files stay."""

from django.utils.translation import gettext_lazy as _

from .deadlines import policy

JOB_TIME = policy(
    "kernel.job", label=_("Job"), consequence=_("The job is given up; what its finished parts did stays, and its page says so."), hours=12
)
JOB_KEPT = policy(
    "kernel.job_kept", label=_("Files of a job"), consequence=_("The files of the job are erased; its figures stay."), hours=168
)
JOBS_WAITING = 5  # jobs of one kind that an enterprise may have open: one runs, the others wait for it
