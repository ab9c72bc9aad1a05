from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import Machine

LISTING = Machine(
    "catalog.listing",
    "draft",
    {
        "submit": (("draft", "rejected", "withdrawn"), "in_review"),
        "approve": (("in_review",), "live"),
        "reject": (("in_review",), "rejected"),
        "withdraw": (("in_review", "live"), "withdrawn"),
        "expire": (("live",), "expired"),
        "take_down": (("live",), "taken_down"),
        "renew": (("withdrawn", "expired"), "live"),  # as it was approved
        "relist": (("withdrawn", "expired", "taken_down"), "live"),  # with a version that was approved since
        "discard": (("draft", "rejected", "withdrawn"), "discarded"),  # by its owner, what was never on sale
    },
    {
        "draft": pgettext_lazy("listing state", "draft"),
        "in_review": pgettext_lazy("listing state", "in review"),
        "live": pgettext_lazy("listing state", "on sale"),
        "rejected": pgettext_lazy("listing state", "sent back"),
        "withdrawn": pgettext_lazy("listing state", "withdrawn"),
        "expired": pgettext_lazy("listing state", "expired"),
        "taken_down": pgettext_lazy("listing state", "taken down"),
        "discarded": pgettext_lazy("listing state", "deleted"),
    },
)

REVISION = Machine(
    "catalog.revision",
    "draft",
    {
        "submit": (("draft", "rejected"), "in_review"),
        "approve": (("in_review",), "applied"),
        "reject": (("in_review",), "rejected"),
        "take_back": (("in_review",), "draft"),
        "drop": (("draft", "in_review", "rejected"), "dropped"),
    },
    {
        "draft": pgettext_lazy("version state", "draft"),
        "in_review": pgettext_lazy("version state", "in review"),
        "applied": pgettext_lazy("version state", "approved"),
        "rejected": pgettext_lazy("version state", "sent back"),
        "dropped": pgettext_lazy("version state", "dropped"),
    },
)

RESERVATION = Machine(
    "catalog.reservation",
    "held",
    {"ship": (("held",), "shipped"), "release": (("held",), "released")},
    {"held": _("reserved"), "shipped": _("shipped"), "released": _("released")},
)

BUYER_RESERVATION = Machine(
    "catalog.buyer_reservation",
    "asked",
    {
        "accept": (("asked",), "held"),
        "decline": (("asked",), "declined"),
        "withdraw": (("asked",), "withdrawn"),
        "use": (("held",), "used"),
        "release": (("held",), "released"),
        "expire": (("asked", "held"), "expired"),
    },
    {
        "asked": pgettext_lazy("reservation state", "asked for"),
        "held": pgettext_lazy("reservation state", "reserved"),
        "declined": pgettext_lazy("reservation state", "declined"),
        "withdrawn": pgettext_lazy("reservation state", "withdrawn"),
        "used": pgettext_lazy("reservation state", "ordered"),
        "released": pgettext_lazy("reservation state", "given up"),
        "expired": pgettext_lazy("reservation state", "expired"),
    },
)

STOCK_COUNT = Machine(
    "catalog.stock_count",
    "open",
    {"close": (("open",), "booking"), "book": (("booking",), "booked"), "cancel": (("open", "booking"), "cancelled")},
    {
        "open": pgettext_lazy("stock count state", "counting"),
        "booking": pgettext_lazy("stock count state", "being booked"),
        "booked": pgettext_lazy("stock count state", "booked"),
        "cancelled": pgettext_lazy("stock count state", "cancelled"),
    },
)

WANT = Machine(
    "catalog.want",
    "open",
    {
        "close": (("open", "expired"), "closed"),
        "expire": (("open",), "expired"),
        "renew": (("open", "expired"), "open"),
        "hide": (("open", "expired"), "hidden"),
    },
    {
        "open": pgettext_lazy("request state", "open"),
        "expired": pgettext_lazy("request state", "run out"),
        "closed": pgettext_lazy("request state", "closed"),
        "hidden": pgettext_lazy("request state", "taken down"),
    },
)

REPORT = Machine(
    "catalog.report",
    "open",
    {"uphold": (("open",), "upheld"), "dismiss": (("open",), "dismissed")},
    {
        "open": pgettext_lazy("report state", "being looked into"),
        "upheld": pgettext_lazy("report state", "found right"),
        "dismissed": pgettext_lazy("report state", "nothing wrong found"),
    },
)

AD = Machine(
    "catalog.ad",
    "in_review",
    {
        "approve": (("in_review",), "approved"),
        "reject": (("in_review",), "rejected"),
        "end": (("in_review", "approved"), "ended"),
    },
    {
        "in_review": pgettext_lazy("ad state", "in review"),
        "approved": pgettext_lazy("ad state", "booked"),
        "rejected": pgettext_lazy("ad state", "sent back"),
        "ended": pgettext_lazy("ad state", "ended"),
    },
)
