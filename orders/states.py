from django.utils.translation import pgettext_lazy as _p

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
        "proposed": _p("order", "awaiting confirmation"),
        "confirmed": _p("order", "awaiting payment"),
        "funded": _p("order", "ready to ship"),
        "shipped": _p("order", "under way"),
        "completed": _p("order", "completed"),
        "declined": _p("order", "declined"),
        "withdrawn": _p("order", "withdrawn"),
        "lapsed": _p("order", "lapsed"),
        "cancelled": _p("order", "cancelled"),
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
        "agreed": _p("tender", "agreed"),
        "awaiting_funds": _p("tender", "awaiting funds"),
        "held": _p("tender", "held"),
        "settled": _p("tender", "paid out"),
        "returned": _p("tender", "returned"),
        "dropped": _p("tender", "dropped"),
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
    {
        "to_ship": _p("consignment", "to ship"),
        "shipped": _p("consignment", "shipped"),
        "accepted": _p("consignment", "accepted"),
        "cancelled": _p("consignment", "cancelled"),
    },
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
        "requested": _p("refund", "requested"),
        "approved": _p("refund", "approved"),
        "rejected": _p("refund", "rejected"),
        "withdrawn": _p("refund", "withdrawn"),
        "settled": _p("refund", "settled"),
    },
)
REFUND_OPEN = ("requested", "approved")
