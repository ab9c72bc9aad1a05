"""What of the helpdesk keeps an enterprise from closing: questions nobody has answered (P16)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker

from .models import ServiceRequest


@closing_blocker("helpdesk.1_requests")
def requests(enterprise_id: int):
    """Requests to customer service without an answer."""
    for request in ServiceRequest.objects.filter(enterprise_id=enterprise_id, state="open").order_by("pk")[:20]:
        yield _("Your request %(no)s to customer service is not answered.") % {"no": request.no}, reverse("helpdesk:contact")
