from django.conf import settings

from accounts.permissions import VIEW_COMPANY
from messaging.queries import unread_count
from orders.queries import todo_count

NOBODY = {"nav": "", "unread": 0, "todo": 0, "enterprise": "", "person": "", "is_member": False}


def shell(request):
    """What the frame around every page shows: brand, person, enterprise, counts; at most three reads, none for visitors."""
    if not hasattr(request, "actor") or not request.user.is_authenticated:
        return {"shell": {"brand": settings.BRAND, **NOBODY}}
    return {"shell": _Shell(request)}


class _Shell:
    """Read only when a template asks, and once a request: mails and fragments cost nothing."""

    nav = ""

    def __init__(self, request):
        self.brand, self.person, self._actor = settings.BRAND, str(request.user), request.actor
        self.is_member = bool(self._actor.enterprise_id)
        self.enterprise = self._actor.enterprise_name
        self._read = {}
