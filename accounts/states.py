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
COMPANY_CHANGE = Machine(
    "accounts.company_change",
    "submitted",
    {
        "take_up": (("submitted",), "under_review"),
        "ask": (("under_review",), "asked"),
        "answer": (("asked",), "submitted"),
        "pass_on": (("under_review",), "second_review"),
        "approve": (("under_review", "second_review"), "approved"),
        "reject": (("under_review", "second_review"), "rejected"),
        "withdraw": (("submitted", "asked"), "withdrawn"),
    },
    {
        "submitted": pgettext_lazy("company change", "handed in"),
        "under_review": _("under review"),
        "asked": pgettext_lazy("company change", "a question is open"),
        "second_review": pgettext_lazy("company change", "with the second reviewer"),
        "approved": pgettext_lazy("company change", "approved"),
        "rejected": pgettext_lazy("company change", "refused"),
        "withdrawn": pgettext_lazy("company change", "withdrawn"),
    },
)
CHANGE_OPEN = ("submitted", "under_review", "asked", "second_review")

APPROVAL = Machine(
    "accounts.approval",
    "requested",
    {
        "approve": (("requested",), "approved"),
        "reject": (("requested",), "rejected"),
        "withdraw": (("requested", "approved"), "withdrawn"),
        "use": (("approved",), "used"),
    },
    {
        "requested": pgettext_lazy("approval", "waits for approval"),
        "approved": pgettext_lazy("approval", "approved"),
        "rejected": pgettext_lazy("approval", "refused"),
        "withdrawn": pgettext_lazy("approval", "withdrawn"),
        "used": pgettext_lazy("approval", "used"),
    },
)

FREEZE_CASE = Machine(
    "accounts.freeze_case",
    "reported",
    {
        "dismiss": (("reported",), "dismissed"),
        "freeze": (("reported",), "frozen"),
        "propose_unfreeze": (("frozen",), "unfreeze_proposed"),
        "keep_frozen": (("unfreeze_proposed",), "frozen"),
        "lift": (("unfreeze_proposed",), "lifted"),
    },
    {
        "reported": pgettext_lazy("freeze", "reported"),
        "dismissed": pgettext_lazy("freeze", "dismissed"),
        "frozen": pgettext_lazy("freeze", "frozen"),
        "unfreeze_proposed": pgettext_lazy("freeze", "unfreezing proposed"),
        "lifted": pgettext_lazy("freeze", "lifted"),
    },
)

MAIN_TRANSFER = Machine(
    "accounts.main_transfer",
    "asked",
    {
        "dismiss": (("asked",), "dismissed"),
        "propose": (("asked",), "proposed"),
        "turn_down": (("proposed",), "asked"),
        "approve": (("proposed",), "cooling"),
        "stop": (("cooling",), "asked"),
        "complete": (("cooling",), "done"),
    },
    {
        "asked": pgettext_lazy("main account", "asked for"),
        "dismissed": pgettext_lazy("main account", "dismissed"),
        "proposed": pgettext_lazy("main account", "transfer proposed"),
        "cooling": pgettext_lazy("main account", "approved, cooling period runs"),
        "done": pgettext_lazy("main account", "transferred"),
    },
)
TRANSFER_OPEN = ("proposed", "cooling")

EXPORT = Machine(
    "accounts.export",
    "requested",
    {
        "start": (("requested",), "running"),
        "finish": (("running",), "ready"),
        "fail": (("requested", "running"), "failed"),
        "expire": (("ready",), "expired"),
    },
    {
        "requested": pgettext_lazy("export", "waiting"),
        "running": pgettext_lazy("export", "being made"),
        "ready": pgettext_lazy("export", "ready"),
        "failed": pgettext_lazy("export", "failed"),
        "expired": pgettext_lazy("export", "expired"),
    },
)
