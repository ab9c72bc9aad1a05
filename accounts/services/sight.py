"""Whether a sub-account sees everything its boxes open, or only the listings and orders granted to it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Denied
from kernel.services import record

from ..facts import SightChanged
from ..models import Membership
from .team import check_reach, claim_team, own_sub_account, sight_of


@transaction.atomic
def set_sight(membership_id: int, *, only_granted_listings: bool, only_granted_orders: bool, actor, request_key: str) -> Membership:
    """Narrow or widen what a sub-account sees, from its next request on (H16, P14).

    Raises NotFound; Denied: capability_missing, own_account, beyond_own_boxes, beyond_own_sight.
    """
    wanted = {"only_granted_listings": only_granted_listings, "only_granted_orders": only_granted_orders}
    claim = claim_team("set_sight", actor=actor, request_key=request_key, membership=membership_id, **wanted)
    if claim.result_id:
        return Membership.objects.get(pk=claim.result_id)
    membership, held = own_sub_account(membership_id, actor=actor)
    check_reach(held, actor=actor)
    if any(narrow and not wanted[name] for name, narrow in sight_of(actor=actor).items()):
        raise Denied("beyond_own_sight", _("You see only some of the company's listings or orders. Ask the main account to do this."))
    before = {name: getattr(membership, name) for name in wanted}
    claim.done(membership.pk)
    if before == wanted:
        return membership
    for name, value in wanted.items():
        setattr(membership, name, value)
    membership.save(update_fields=list(wanted))
    changes = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
    fact = SightChanged(enterprise_id=membership.enterprise_id, membership_id=membership.pk)
    record(fact, actor=actor, subject=membership, chains=[actor.acting_for], changes=changes)
    return membership
