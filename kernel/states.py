from django.utils.translation import pgettext_lazy

from .machines import Machine

JOB = Machine(
    "kernel.job",
    "requested",
    {
        "start": (("requested",), "running"),
        "finish": (("running",), "finished"),
        "fail": (("requested", "running"), "failed"),
        "cancel": (("requested", "running"), "cancelled"),
    },
    {
        "requested": pgettext_lazy("job state", "waiting"),
        "running": pgettext_lazy("job state", "running"),
        "finished": pgettext_lazy("job state", "finished"),
        "failed": pgettext_lazy("job state", "failed"),
        "cancelled": pgettext_lazy("job state", "stopped"),
    },
)
OPEN_JOB = ("requested", "running")
