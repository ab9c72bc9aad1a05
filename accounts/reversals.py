"""What undoes an act of this room: changed permissions by the ones before, a new sub-account by its end (H18)."""

from django.urls import reverse

from kernel.registries import reversal

from .facts import BoxesChanged, SubAccountCreated
from .models import Membership
from .permissions import MANAGE_TEAM


@reversal(BoxesChanged.fact_name, SubAccountCreated.fact_name)  # type: ignore[attr-defined]
def sub_accounts(actor, facts) -> dict[int, str]:
    """The page of the person, with the permissions from before in the grid, or at the form that ends it."""
    if not actor.can(MANAGE_TEAM):
        return {}
    wanted = {fact.payload["membership_id"] for fact in facts}
    places = Membership.objects.own(actor).filter(is_main=False, pk__in=wanted).exclude(user_id=actor.user_id)
    there = set(places.values_list("pk", flat=True))
    anchors = {BoxesChanged.fact_name: "#boxes", SubAccountCreated.fact_name: "#end"}  # type: ignore[attr-defined]
    known = [fact for fact in facts if fact.payload["membership_id"] in there]
    return {fact.pk: reverse("accounts:member", args=[fact.payload["membership_id"]]) + anchors[fact.name] for fact in known}
