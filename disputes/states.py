from django.utils.translation import pgettext_lazy as _p

from kernel.machines import Machine

COMPLAINT = Machine(
    "disputes.complaint",
    "open",
    {
        "acknowledge": (("open",), "acknowledged"),
        "close": (("acknowledged",), "closed"),
    },
    {
        "open": _p("complaint", "waiting to be taken up"),
        "acknowledged": _p("complaint", "being looked into"),
        "closed": _p("complaint", "closed"),
    },
)
COMPLAINT_OPEN = ("open", "acknowledged")
