from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.machines import Machine

ENTERPRISE = Machine(
    "accounts.enterprise",
    "submitted",
    {
        "take_up": (("submitted",), "under_review"),
        "approve": (("submitted", "under_review"), "verified"),
        "reject": (("submitted", "under_review"), "rejected"),
        "resubmit": (("rejected",), "submitted"),
        "freeze": (("verified",), "frozen"),
        "unfreeze": (("frozen",), "verified"),
        "close": (("verified", "rejected"), "closed"),
    },
    {
        "submitted": _("submitted"),
        "under_review": _("under review"),
        "verified": _("verified"),
        "rejected": pgettext_lazy("company", "rejected"),
        "frozen": _("frozen"),
        "closed": pgettext_lazy("company", "closed"),
    },
)
