from django.utils.translation import gettext_lazy as _

from kernel.machines import Machine

SERVICE_REQUEST = Machine(
    "helpdesk.service_request",
    "open",
    {
        "answer": (("open", "answered"), "answered"),
        "close": (("open", "answered"), "closed"),
    },
    {"open": _("waiting for an answer"), "answered": _("answered"), "closed": _("closed")},
)
