"""What of disputes keeps the terms of an order from being changed: a complaint that is not closed (H25)."""

from django.utils.translation import gettext as _

from kernel.registries import amendment_blocker

from .models import Complaint
from .states import COMPLAINT_OPEN


@amendment_blocker("disputes.complaint")
def open_complaint(order_id: int) -> str:
    """Name the open complaint about an order."""
    found = Complaint.objects.filter(order_id=order_id, state__in=COMPLAINT_OPEN).order_by("pk").first()
    if found is None:
        return ""
    return _("Complaint %(no)s about this order is open. Settle it first; until then the terms stay as they are.") % {"no": found.no}
