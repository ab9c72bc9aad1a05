from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

VIEW_APPLICATION = Capability(
    "major_clients.view_application", "company", _("see the application to the major-client channel"), verified=False
)
APPLY = Capability("major_clients.apply", "company", _("apply for the major-client channel"))
DECIDE_APPLICATION = "major_clients.decide_application"  # staff: account managers
