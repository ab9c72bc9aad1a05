"""What of the major-client channel keeps an enterprise from closing: an application nobody has decided (P16)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.registries import closing_blocker

from .models import ChannelApplication


@closing_blocker("major_clients.1_applications")
def applications(enterprise_id: int):
    """Applications to the channel without a decision."""
    for application in ChannelApplication.objects.filter(enterprise_id=enterprise_id, state="submitted"):
        yield _("Application %(no)s to the major-client channel is not decided.") % {"no": application.no}, reverse("major_clients:home")
