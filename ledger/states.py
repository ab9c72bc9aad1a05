from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import Machine

HOLD = Machine(
    "ledger.hold",
    "held",
    {"release": (("held",), "released"), "refund": (("held",), "refunded")},
    {"held": _("held"), "released": pgettext_lazy("funds", "released"), "refunded": _("refunded")},
)
