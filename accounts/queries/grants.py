"""Who may be granted single objects."""

from ..actors import require
from ..models import Membership
from ..permissions import MANAGE_TEAM


def narrowed_people(actor, flag: str) -> list[Membership]:
    """The sub-accounts of the actor's enterprise that see only what is granted; raises Denied without the team box.

    `flag` is the field that narrows them: only_granted_listings or only_granted_orders.
    """
    require(actor, MANAGE_TEAM)
    rows = Membership.objects.own(actor).filter(is_main=False, **{flag: True})
    return list(rows.select_related("user").order_by("pk"))
