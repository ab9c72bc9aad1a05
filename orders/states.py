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

COMMISSION = Machine(
    "orders.commission_rate",
    "entered",
    {"approve": (("entered",), "in_force"), "refuse": (("entered",), "refused")},
    {
        "entered": _p("commission", "waiting for a second pair of eyes"),
        "in_force": _p("commission", "in force"),
        "refused": _p("commission", "refused"),
    },
)

CONTRACT = Machine(
    "orders.contractrequest",
    "requested",
    {
        "take": (("requested",), "in_work"),
        "ask": (("in_work",), "asked"),
        "answer": (("asked",), "in_work"),
        "deliver": (("in_work", "delivered"), "delivered"),
        "decline": (("requested", "in_work", "asked"), "declined"),
        "withdraw": (("requested", "in_work", "asked"), "withdrawn"),
    },
    {
        "requested": _p("contract", "asked for"),
        "in_work": _p("contract", "in work"),
        "asked": _p("contract", "question to you"),
        "delivered": _p("contract", "handed in"),
        "declined": _p("contract", "declined"),
        "withdrawn": _p("contract", "withdrawn"),
    },
)
CONTRACT_OPEN = ("requested", "in_work", "asked")

INVOICE = Machine(
    "orders.invoicerequest",
    "requested",
    {
        "take": (("requested",), "in_work"),
        "issue": (("requested", "in_work"), "issued"),
        "refuse": (("requested", "in_work"), "refused"),
        "withdraw": (("requested", "in_work"), "withdrawn"),
        "drop": (("requested", "in_work"), "dropped"),
        "reverse": (("issued",), "reversed"),
    },
    {
        "requested": _p("invoice", "asked for"),
        "in_work": _p("invoice", "in work"),
        "issued": _p("invoice", "issued"),
        "refused": _p("invoice", "refused"),
        "withdrawn": _p("invoice", "withdrawn"),
        "dropped": _p("invoice", "dropped: refunded"),
        "reversed": _p("invoice", "taken back in full"),
    },
)
INVOICE_OPEN = ("requested", "in_work")

# The confirmation form's states as the tax system numbers them (DOMAIN §3).
RED_CODES = {
    "applying": "10", "no_confirmation": "01", "awaiting_buyer": "02", "awaiting_seller": "03", "confirmed": "04", "buyer_refused": "05",
    "seller_refused": "06", "lapsed": "07", "withdrawn": "08", "withdrawn_late": "09",
}  # fmt: skip
RED_FORM = Machine(
    "orders.redform",
    "applying",
    {
        "skip": (("applying",), "no_confirmation"),
        "ask_buyer": (("applying",), "awaiting_buyer"),
        "ask_seller": (("applying",), "awaiting_seller"),
        "confirm": (("awaiting_buyer", "awaiting_seller"), "confirmed"),
        "buyer_refuse": (("awaiting_buyer",), "buyer_refused"),
        "seller_refuse": (("awaiting_seller",), "seller_refused"),
        "lapse": (("awaiting_buyer", "awaiting_seller"), "lapsed"),
        "withdraw": (("awaiting_buyer", "awaiting_seller"), "withdrawn"),
        "withdraw_late": (("confirmed", "no_confirmation"), "withdrawn_late"),
    },
    {
        "applying": _p("red form", "being applied for"),
        "no_confirmation": _p("red form", "no confirmation needed"),
        "awaiting_buyer": _p("red form", "entered by the seller, waits for the buyer"),
        "awaiting_seller": _p("red form", "entered by the buyer, waits for the seller"),
        "confirmed": _p("red form", "confirmed by both"),
        "buyer_refused": _p("red form", "refused by the buyer"),
        "seller_refused": _p("red form", "refused by the seller"),
        "lapsed": _p("red form", "lapsed: not confirmed in 72 hours"),
        "withdrawn": _p("red form", "withdrawn"),
        "withdrawn_late": _p("red form", "withdrawn after confirmation"),
    },
)
RED_WAITING = ("awaiting_buyer", "awaiting_seller")
RED_READY = ("no_confirmation", "confirmed")
RED_DEAD = ("buyer_refused", "seller_refused", "lapsed", "withdrawn", "withdrawn_late")

TRADE_PAPER = Machine(
    "orders.tradepaper",
    "requested",
    {"make": (("requested",), "made")},
    {"requested": _p("paper", "being made"), "made": _p("paper", "ready")},
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
