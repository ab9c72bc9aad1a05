"""Reads for the pages of the channel; the first argument is the actor."""

from accounts.actors import Actor, require, require_staff
from kernel.refusals import NotFound

from .models import ChannelApplication
from .permissions import APPLY, DECIDE_APPLICATION, VIEW_APPLICATION

SHOWN = 10


def applications_shown(actor: Actor) -> list[ChannelApplication]:
    """The newest applications of the actor's enterprise for the public page; empty for those who may not see them."""
    if not actor.can(VIEW_APPLICATION):
        return []
    return list(ChannelApplication.objects.own(actor).order_by("-id")[:SHOWN])


def application_in_force(actor: Actor) -> ChannelApplication | None:
    """The application that stands in the way of another one; raises Denied for those who may not apply."""
    require(actor, APPLY)
    return ChannelApplication.objects.own(actor).exclude(state="declined").first()


def application_for_desk(actor: Actor, application_id) -> ChannelApplication:
    """One application for the account managers' desk; raises Denied, NotFound."""
    require_staff(actor, DECIDE_APPLICATION)
    found = None
    if str(application_id).isascii() and str(application_id).isdigit() and len(str(application_id)) < 19:
        found = ChannelApplication.objects.visible_to(actor).select_related("enterprise").filter(pk=application_id).first()
    if found is None:
        raise NotFound()
    return found


def applications_waiting(actor: Actor):
    """Applications without a decision, longest waiting first; staff only, raises Denied."""
    require_staff(actor, DECIDE_APPLICATION)
    return ChannelApplication.objects.visible_to(actor).filter(state="submitted").order_by("submitted_at", "pk")
