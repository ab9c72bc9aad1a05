from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import Machine

ESCROW = Machine(
    "credit_guarantee.escrow",
    "awaiting_funds",
    {
        "fund": (("awaiting_funds",), "funded"),
        "release": (("funded",), "released"),
        "refund": (("funded",), "refunded"),
        "cancel": (("awaiting_funds",), "cancelled"),
    },
    {
        "awaiting_funds": _("awaiting funds"),
        "funded": _("funded"),
        "released": pgettext_lazy("funds", "released"),
        "refunded": _("refunded"),
        "cancelled": _("cancelled"),
    },
)

INSTRUCTION = Machine(
    "credit_guarantee.instruction",
    "sent",
    {
        "confirm": (("sent",), "confirmed"),
        "refuse": (("sent",), "refused"),
        "withdraw": (("sent",), "withdrawn"),
    },
    {
        "sent": _("sent"),
        "confirmed": _("confirmed"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
    },
)
