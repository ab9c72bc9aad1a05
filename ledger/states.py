from django.utils.translation import gettext_lazy as _

from kernel.machines import Machine

HOLD = Machine(
    "ledger.hold",
    "held",
    {"release": (("held",), "released"), "refund": (("held",), "refunded")},
    {"held": _("held"), "released": _("released"), "refunded": _("refunded")},
)
