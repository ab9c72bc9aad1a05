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
        "revise": (("live",), "in_review"),
        "withdraw": (("in_review", "live"), "withdrawn"),
    },
    {
        "draft": pgettext_lazy("listing state", "draft"),
        "in_review": pgettext_lazy("listing state", "in review"),
        "live": pgettext_lazy("listing state", "on sale"),
        "rejected": pgettext_lazy("listing state", "sent back"),
        "withdrawn": pgettext_lazy("listing state", "withdrawn"),
    },
)

RESERVATION = Machine(
    "catalog.reservation",
    "held",
    {"ship": (("held",), "shipped"), "release": (("held",), "released")},
    {"held": _("reserved"), "shipped": _("shipped"), "released": _("released")},
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
