from django.conf import settings
from django.utils.translation import get_language

from accounts.queries import enterprises_of
from messaging.queries import unread_count
from orders.queries import todo_count

NOBODY = {"nav": "", "unread": 0, "todo": 0, "enterprise": "", "person": "", "is_member": False}


def shell(request):
    """What the frame around every page shows: brand, person, enterprise, counts; at most three reads, none for visitors."""
    frame = {"brand": settings.BRAND, **NOBODY}
    # A page of errors may be rendered before the session or the actor is there.
    if hasattr(request, "actor") and request.user.is_authenticated:
        frame |= _known(request.user, request.actor)
    return {"shell": frame}


def _known(user, actor) -> dict:
    enterprise = enterprises_of(user).filter(pk=actor.enterprise_id).first() if actor.enterprise_id else None
    name = enterprise.local_name(get_language() or "") if enterprise else ""
    return {
        "person": str(user), "is_member": enterprise is not None, "enterprise": name,
        "todo": todo_count(actor), "unread": unread_count(actor),
    }  # fmt: skip
