from django.utils.translation import pgettext_lazy as _p

from kernel.machines import Machine

APPLICATION = Machine(
    "major_clients.application",
    "submitted",
    {
        "accept": (("submitted",), "accepted"),
        "decline": (("submitted",), "declined"),
    },
    {
        "submitted": _p("application", "under review"),
        "accepted": _p("application", "accepted"),
        "declined": _p("application", "declined"),
    },
)
