from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import Machine

HOLD = Machine(
    "ledger.hold",
    "held",
    {"release": (("held",), "released"), "refund": (("held",), "refunded")},
    {"held": _("held"), "released": pgettext_lazy("funds", "released"), "refunded": _("refunded")},
)

LIMIT_PROPOSAL = Machine(
    "ledger.limit_proposal",
    "proposed",
    {"approve": (("proposed",), "in_force"), "refuse": (("proposed",), "refused")},
    {
        "proposed": pgettext_lazy("rates", "waiting for a second pair of eyes"),
        "in_force": pgettext_lazy("rates", "in force"),
        "refused": pgettext_lazy("rates", "refused"),
    },
)

RATE_SHEET = Machine(
    "ledger.rate_sheet",
    "entered",
    {"approve": (("entered",), "in_force"), "refuse": (("entered",), "refused")},
    {
        "entered": pgettext_lazy("rates", "waiting for a second pair of eyes"),
        "in_force": pgettext_lazy("rates", "in force"),
        "refused": pgettext_lazy("rates", "refused"),
    },
)
