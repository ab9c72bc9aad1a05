"""The people of an enterprise."""

from django.utils.translation import gettext_lazy as _

from kernel.refusals import Denied, NotFound

from ..actors import require
from ..models import EnterpriseUserObjectPermission, Membership
from ..permissions import MANAGE_TEAM
from .acting import main_account


def team_of(actor):
    """The people of the actor's enterprise, main account first; raises Denied without the team permission."""
    require(actor, MANAGE_TEAM)
    return Membership.objects.own(actor).select_related("user").order_by("-is_main", "pk")


def boxes_of_team(actor) -> dict[int, set[str]]:
    """The permissions of every sub-account of the actor's enterprise, by user id."""
    boxes: dict[int, set[str]] = {}
    rows = EnterpriseUserObjectPermission.objects.filter(content_object_id=actor.enterprise_id or 0)
    for user_id, codename in rows.values_list("user_id", "permission__codename"):
        boxes.setdefault(user_id, set()).add(codename)
    return boxes


def sub_account(actor, membership_id: int) -> Membership:
    """One sub-account of the actor's enterprise; raises NotFound for a foreign, an ended and the main one."""
    require(actor, MANAGE_TEAM)
    membership = Membership.objects.own(actor).filter(is_main=False, pk=membership_id).select_related("user").first()
    if membership is None:
        raise NotFound()
    return membership


def may_have_address(user) -> None:
    """Pass, or raise Denied("sub_account") naming the main account, when a log-in was handed over by a main account."""
    if not user.is_authenticated or not user.is_sub_account:
        return
    place = Membership.objects.filter(user=user, ended_at=None).order_by("pk").first()
    person = main_account(place.enterprise_id) if place else None
    text = _("A sub-account has no e-mail address of its own: its main account, %(person)s, sets its password and its permissions.")
    raise Denied("sub_account", text % {"person": person or "—"})
