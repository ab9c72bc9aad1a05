from .actors import Actor
from .models import Enterprise, EnterpriseUserObjectPermission, Membership

ACTING_FOR = "acting_for_enterprise"  # session key: the enterprise chosen by a person who belongs to several


def actor_of(request) -> Actor:
    """Build the actor of a request from the rows as they are now."""
    user = request.user
    if not user.is_authenticated:
        return Actor("person", request_id=request.request_id, ip=_ip(request))
    return actor_for(user, prefer=request.session.get(ACTING_FOR), request_id=request.request_id, ip=_ip(request))


def actor_for(user, *, prefer: int | None = None, request_id: str = "", ip: str = "") -> Actor:
    """Build an actor for a person; `prefer` is the enterprise to act for, else the oldest membership."""
    staff = frozenset(user.get_all_permissions()) if user.is_staff and user.is_active else frozenset()
    places = list(Membership.objects.filter(user=user, ended_at=None).select_related("enterprise").order_by("pk"))
    place = next((p for p in places if p.enterprise_id == prefer), places[0] if places else None)
    if place is None or not user.is_active:
        return Actor("staff" if staff else "person", user.pk, staff_permissions=staff, request_id=request_id, ip=ip)
    held = EnterpriseUserObjectPermission.objects.filter(user=user, content_object=place.enterprise_id)
    boxes = frozenset() if place.is_main else frozenset(held.values_list("permission__codename", flat=True))
    return Actor(
        "staff" if staff else "member", user.pk, place.enterprise_id, place.enterprise.state, place.is_main, boxes, staff, request_id, ip
    )  # fmt: skip


def _ip(request) -> str:
    return request.META.get("REMOTE_ADDR", "") or ""


def enterprises_of(user):
    """The enterprises a person may act for."""
    return Enterprise.objects.filter(memberships__user=user, memberships__ended_at=None).order_by("pk")
