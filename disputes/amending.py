"""What of disputes the orders ask for: a complaint that is not closed keeps the terms (H25) and puts the order into its tab."""

from django.utils.translation import gettext as _

from kernel.registries import amendment_blocker, orders_disputed

from .models import Complaint
from .states import COMPLAINT_OPEN


@amendment_blocker("disputes.complaint")
def open_complaint(order_id: int) -> str:
    """Name the open complaint about an order."""
    found = Complaint.objects.filter(order_id=order_id, state__in=COMPLAINT_OPEN).order_by("pk").first()
    if found is None:
        return ""
    return _("Complaint %(no)s about this order is open. Settle it first; until then the terms stay as they are.") % {"no": found.no}


@orders_disputed("disputes.complaint")
def orders_complained_about():
    """The ids of the orders with an open complaint."""
    return Complaint.objects.filter(state__in=COMPLAINT_OPEN).values("order_id")
