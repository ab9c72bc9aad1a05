from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability

VIEW_COMPLAINTS = Capability("disputes.view_complaints", "disputes", _("see complaints"), verified=False)
OPEN_COMPLAINT = Capability("disputes.open_complaint", "disputes", _("open a complaint"))
HANDLE_COMPLAINT = "disputes.handle_complaint"  # staff: mediators and customer service
