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

RFQ = Machine(
    "orders.rfq",
    "open",
    {
        "choose": (("open",), "chosen"),
        "withdraw": (("open",), "withdrawn"),
        "lapse": (("open",), "lapsed"),
    },
    {
        "open": _p("rfq", "out for quotation"),
        "chosen": _p("rfq", "quotation chosen"),
        "withdrawn": _p("rfq", "withdrawn"),
        "lapsed": _p("rfq", "ended without a quotation chosen"),
    },
)

NEGOTIATION = Machine(
    "orders.negotiation",
    "asked",
    {
        "quote": (("asked",), "open"),
        "agree": (("open",), "agreed"),
        "pass_over": (("asked", "open"), "not_chosen"),
        "decline": (("asked", "open"), "declined"),
        "withdraw": (("asked", "open"), "withdrawn"),
        "expire": (("asked", "open"), "expired"),
    },
    {
        "asked": _p("negotiation", "asked for a quotation"),
        "open": _p("negotiation", "under negotiation"),
        "agreed": _p("negotiation", "agreed"),
        "not_chosen": _p("negotiation", "not chosen"),
        "declined": _p("negotiation", "declined"),
        "withdrawn": _p("negotiation", "withdrawn"),
        "expired": _p("negotiation", "expired"),
    },
)
NEGOTIATION_OPEN = ("asked", "open")

AMENDMENT = Machine(
    "orders.amendment",
    "proposed",
    {
        "confirm": (("proposed",), "confirmed"),
        "decline": (("proposed",), "declined"),
        "withdraw": (("proposed",), "withdrawn"),
        "lapse": (("proposed",), "lapsed"),
    },
    {
        "proposed": _p("amendment", "awaiting confirmation"),
        "confirmed": _p("amendment", "in force"),
        "declined": _p("amendment", "declined"),
        "withdrawn": _p("amendment", "withdrawn"),
        "lapsed": _p("amendment", "lapsed"),
    },
)
