"""What of disputes keeps an enterprise from closing: complaints of either side (P16)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker

from .models import Complaint
from .states import COMPLAINT_OPEN


@closing_blocker("disputes.1_complaints")
def complaints(enterprise_id: int):
    """Complaints that are not closed."""
    for complaint in Complaint.objects.of_party(enterprise_id).filter(state__in=COMPLAINT_OPEN).order_by("pk")[:20]:
        yield _("Complaint %(no)s is not closed.") % {"no": complaint.no}, reverse("disputes:detail", args=[complaint.no])
