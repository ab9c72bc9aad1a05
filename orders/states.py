from django.utils.translation import gettext_lazy as _

from kernel.machines import Machine

ORDER = Machine(
    "orders.order",
    "proposed",
    {
        "confirm": (("proposed",), "confirmed"),
        "decline": (("proposed",), "declined"),
        "withdraw": (("proposed",), "withdrawn"),
        "lapse": (("proposed",), "lapsed"),
        "fund": (("confirmed",), "funded"),
        "ship": (("funded",), "shipped"),
        "complete": (("shipped",), "completed"),
        "cancel": (("confirmed", "funded", "shipped"), "cancelled"),
    },
    {
        "proposed": _("awaiting confirmation"),
        "confirmed": _("awaiting payment"),
        "funded": _("ready to ship"),
        "shipped": _("under way"),
        "completed": _("completed"),
        "declined": _("declined"),
        "withdrawn": _("withdrawn"),
        "lapsed": _("lapsed"),
        "cancelled": _("cancelled"),
    },
)
ORDER_LIVE = ("confirmed", "funded", "shipped")

TENDER = Machine(
    "orders.tender",
    "agreed",
    {
        "await_funds": (("agreed",), "awaiting_funds"),
        "hold": (("agreed", "awaiting_funds"), "held"),
        "settle": (("held",), "settled"),
        "give_back": (("held",), "returned"),
        "drop": (("agreed", "awaiting_funds"), "dropped"),
    },
    {
        "agreed": _("agreed"),
        "awaiting_funds": _("awaiting funds"),
        "held": _("held"),
        "settled": _("paid out"),
        "returned": _("returned"),
        "dropped": _("dropped"),
    },
)

CONSIGNMENT = Machine(
    "orders.consignment",
    "to_ship",
    {
        "ship": (("to_ship",), "shipped"),
        "accept": (("shipped",), "accepted"),
        "cancel": (("to_ship", "shipped"), "cancelled"),
    },
    {"to_ship": _("to ship"), "shipped": _("shipped"), "accepted": _("accepted"), "cancelled": _("cancelled")},
)

REFUND = Machine(
    "orders.refund",
    "requested",
    {
        "approve": (("requested",), "approved"),
        "reject": (("requested",), "rejected"),
        "withdraw": (("requested",), "withdrawn"),
        "settle": (("approved",), "settled"),
    },
    {
        "requested": _("requested"),
        "approved": _("approved"),
        "rejected": _("rejected"),
        "withdrawn": _("withdrawn"),
        "settled": _("settled"),
    },
)
REFUND_OPEN = ("requested", "approved")
