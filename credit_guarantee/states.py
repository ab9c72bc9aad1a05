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

STATEMENT_FILE = Machine(
    "credit_guarantee.statement_file",
    "reading",
    {"book": (("reading",), "booked"), "refuse": (("reading",), "refused")},
    {"reading": _("being read"), "booked": _("booked"), "refused": pgettext_lazy("statement", "refused")},
)

STATEMENT_ENTRY = Machine(
    "credit_guarantee.statement_entry",
    "waiting",
    {
        "doubt": (("waiting",), "doubtful"),  # before it is in the books
        "accept": (("doubtful",), "waiting"),
        "dismiss": (("doubtful",), "dismissed"),
        "settle": (("waiting",), "settled"),
        "reopen": (("settled",), "waiting"),  # its order ended before its money was complete
        "take_back": (("waiting", "settled"), "taken_back"),
    },
    {
        "waiting": _("waits for a decision"),
        "doubtful": _("doubtful, not in the books"),
        "dismissed": _("left out of the books"),
        "settled": pgettext_lazy("bank entry", "settled"),
        "taken_back": _("taken back by the bank"),
    },
)

BOOKING_PROPOSAL = Machine(
    "credit_guarantee.booking_proposal",
    "proposed",
    {
        "approve": (("proposed",), "approved"),
        "decline": (("proposed",), "declined"),
        "withdraw": (("proposed",), "withdrawn"),
    },
    {
        "proposed": pgettext_lazy("booking", "proposed"),
        "approved": pgettext_lazy("booking", "approved"),
        "declined": pgettext_lazy("booking", "declined"),
        "withdrawn": pgettext_lazy("booking", "withdrawn"),
    },
)
