from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from kernel.refusals import Denied

from ..models import Want
from ..permissions import CLOSE_WANT, POST_WANT
from .pages import Page, keyset


def may_post(actor: Actor) -> bool:
    """Whether the actor may post requests: for an enterprise with its box, or as a person who acts for none; staff do not."""
    return actor.can(POST_WANT) if actor.enterprise_id else actor.kind == "person" and actor.user_id is not None


def require_poster(actor: Actor) -> None:
    """Pass, or raise Denied that says who may post requests (decision 1)."""
    if actor.enterprise_id:
        require(actor, POST_WANT)
    elif not may_post(actor):
        raise Denied("members_only", _("Requests are posted by members. Staff cannot post any."))


def require_closer(actor: Actor) -> None:
    """The same for taking one's own request back, which no trading hold stops (H20)."""
    if actor.enterprise_id:
        require(actor, CLOSE_WANT)
    else:
        require_poster(actor)


def open_wants(*, category: str = "", after: str = "", before: str = "") -> Page:
    """A page of open requests for everybody, newest first."""
    rows = Want.objects.open().select_related("enterprise", "category")
    return keyset(rows.filter(category__code=category) if category else rows, ["-id"], after=after, before=before, size=30)


def own_wants(actor: Actor):
    """The actor's own open requests (the newest fifty)."""
    return Want.objects.own(actor).filter(state="open").select_related("category").order_by("-id")[:50]
