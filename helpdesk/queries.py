from accounts.actors import Actor, require_staff
from accounts.models import User
from accounts.queries import in_green_order
from kernel.refusals import NotFound

from .models import ServiceRequest
from .permissions import ANSWER_REQUEST


def request_for_staff(actor: Actor, request_id) -> ServiceRequest:
    """One request with its answers, for customer service; raises Denied, NotFound."""
    require_staff(actor, ANSWER_REQUEST)
    found = None
    if str(request_id).isascii() and str(request_id).isdigit():
        rows = ServiceRequest.objects.select_related("user", "enterprise").prefetch_related("answers__author")
        found = rows.filter(pk=request_id).first()
    if found is None:
        raise NotFound()
    return found


def requests_waiting(actor: Actor):
    """Requests without an answer, longest waiting first; staff only, raises Denied."""
    require_staff(actor, ANSWER_REQUEST)
    return ServiceRequest.objects.filter(state="open").order_by("created_at", "pk")


def every_request(actor: Actor):
    """All requests for the desk, in the order in which they are worked: VIP companies by their bonus earlier (H59); raises Denied."""
    require_staff(actor, ANSWER_REQUEST)
    rows = in_green_order(ServiceRequest.objects.all(), queue="requests", moment="created_at", enterprise="enterprise_id")
    return rows.order_by("queue_place", "pk")


def known_contact(actor: Actor) -> dict[str, str]:
    """What a logged-in person need not type again."""
    person = User.objects.filter(pk=actor.user_id or 0).first()
    return {"name": person.display_name, "email": person.email, "phone": person.phone} if person else {}
