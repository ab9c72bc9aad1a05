"""Who acts for whom, read from the rows as they are now."""

from dataclasses import replace

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from ..actors import Actor
from ..models import Enterprise, EnterpriseUserObjectPermission, Membership, User
from .holds import hold_of, holding_change
from .security import has_second_factor

ACTING_FOR = "acting_for_enterprise"  # session key: the enterprise chosen by a person who belongs to several


def actor_of(request) -> Actor:
    """Build the actor of a request from the rows as they are now."""
    user = request.user
    if not user.is_authenticated:
        return Actor("person", request_id=request.request_id, ip=_ip(request))
    actor = actor_for(user, prefer=request.session.get(ACTING_FOR), request_id=request.request_id, ip=_ip(request))
    if settings.STAFF_SECOND_FACTOR and actor.kind == "staff" and not has_second_factor(user):
        # A password alone gives nobody the powers of the staff (P36).
        return replace(actor, kind="member" if actor.enterprise_id else "person", staff_permissions=frozenset())
    return actor


def actor_for(user, *, prefer: int | None = None, request_id: str = "", ip: str = "") -> Actor:
    """Build an actor for a person; `prefer` is the enterprise to act for, else the oldest membership."""
    staff = frozenset(user.get_all_permissions()) if user.is_staff and user.is_active else frozenset()
    rows = Membership.objects.filter(user=user, ended_at=None).select_related("enterprise")
    held = EnterpriseUserObjectPermission.objects.filter(user=user, content_object=OuterRef("enterprise_id"))
    boxes_held = ArraySubquery(held.values("permission__codename"))  # in the same question: every page asks it
    places = list(rows.annotate(changing=holding_change("enterprise"), boxes_held=boxes_held).order_by("pk"))
    place = next((p for p in places if p.enterprise_id == prefer), places[0] if places else None)
    user.acting_for_row = place and place.enterprise  # for `enterprise_acted_for`: every page names it
    user.has_choice = len(places) > 1  # pages offer to act for another company
    if place is None or not user.is_active:
        return Actor("staff" if staff else "person", user.pk, staff_permissions=staff, request_id=request_id, ip=ip)
    hold, hold_reason = hold_of(place.enterprise, changing=place.changing)
    boxes = frozenset() if place.is_main else frozenset(place.boxes_held)
    return Actor(
        "staff" if staff else "member", user.pk, place.enterprise_id, place.enterprise.state, place.is_main, boxes, staff, request_id, ip,
        membership_id=place.pk, only_granted_listings=place.only_granted_listings, only_granted_orders=place.only_granted_orders,
        hold=hold, hold_reason=hold_reason,
    )  # fmt: skip


def actor_again(user_id: int | None, chain: str) -> Actor:
    """The actor of work that goes on outside a request, read from the rows as they are now (P14).

    Somebody who has left the enterprise of that chain acts for none; without a person it is an operator's command for the enterprise.
    """
    enterprise_id = int(chain.partition(":")[2])
    if user_id is None:
        state = Enterprise.objects.values_list("state", flat=True).get(pk=enterprise_id)
        return Actor("command", None, enterprise_id, state, is_main=True)
    actor = actor_for(User.objects.get(pk=user_id), prefer=enterprise_id)
    return actor if actor.enterprise_id == enterprise_id else Actor("person", user_id)


def staff_again(user_id: int) -> Actor:
    """The actor of work that a member of staff asked for and that goes on outside a request, read from the rows as they are now (P14)."""
    user = User.objects.get(pk=user_id)
    actor = actor_for(user)
    if settings.STAFF_SECOND_FACTOR and not has_second_factor(user):
        return replace(actor, kind="person", staff_permissions=frozenset())
    return actor


def actor_for_enterprise(handle: str) -> Actor | None:
    """An operator's command for the enterprise of that handle; None when there is none."""
    found = Enterprise.objects.filter(handle=handle).first()
    return actor_again(None, found.chain) if found else None


def _ip(request) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


def enterprises_of(user):
    """The enterprises a person may act for."""
    return Enterprise.objects.filter(memberships__user=user, memberships__ended_at=None).order_by("pk")


def enterprise_acted_for(user, actor: Actor) -> Enterprise | None:
    """The enterprise that an actor built for this person acts for; no query when the actor was built from the same row."""
    row = getattr(user, "acting_for_row", None)
    if row is not None and row.pk == actor.enterprise_id:
        return row
    return enterprises_of(user).filter(pk=actor.enterprise_id).first() if actor.enterprise_id else None


def ever_belonged(actor, enterprise_ids) -> bool:
    """Whether the person who acts belongs to one of the enterprises or once did: they do not decide about it."""
    return Membership.objects.filter(user_id=actor.user_id, enterprise_id__in=list(enterprise_ids)).exists()


def main_account(enterprise_id: int) -> User | None:
    """The person behind an enterprise's main account."""
    return User.objects.filter(memberships__enterprise_id=enterprise_id, memberships__is_main=True, memberships__ended_at=None).first()
