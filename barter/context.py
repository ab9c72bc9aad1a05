from django.conf import settings
from django.utils.translation import get_language

from accounts.permissions import VIEW_LOG
from accounts.queries import enterprise_acted_for
from messaging.queries import unread_shown
from orders.queries import todo_count

NOBODY = {"nav": "", "unread": 0, "todo": 0, "enterprise": "", "person": "", "is_member": False, "has_choice": False, "hold": None}


def shell(request):
    """What the frame around every page shows: brand, person, enterprise, counts; at most two reads, none for visitors.

    A view that has counted for its own page leaves the counts in `request.counted`.
    """
    frame = {"brand": settings.BRAND, **NOBODY}
    # A page of errors may be rendered before the session or the actor is there.
    if hasattr(request, "actor") and request.user.is_authenticated:
        frame |= _known(request.user, request.actor, getattr(request, "counted", {}))
    return {"shell": frame}


def _known(user, actor, counted: dict) -> dict:
    enterprise = enterprise_acted_for(user, actor)
    name = enterprise.local_name(get_language() or "") if enterprise else ""
    return {
        "reads_log": actor.can(VIEW_LOG), "is_main": actor.is_main,
        "person": str(user), "is_member": enterprise is not None, "enterprise": name, "has_choice": getattr(user, "has_choice", False),
        "hold": {"kind": actor.hold, "reason": actor.hold_reason} if actor.hold_reason and actor.enterprise_state == "verified" else None,
        "todo": counted["todo"] if "todo" in counted else todo_count(actor),
        "unread": counted["unread"] if "unread" in counted else unread_shown(actor),
    }  # fmt: skip
