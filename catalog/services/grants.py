"""Which narrowed sub-accounts see a listing (H16)."""

from collections.abc import Iterable

from django.db import transaction

from accounts.actors import require
from accounts.permissions import MANAGE_TEAM
from accounts.services import set_grants
from kernel.services import claim_key, lock, record

from ..facts import ListingGrantsSet
from ..models import Listing, ListingUserObjectPermission


@transaction.atomic
def grant_listing(no: str, *, people: Iterable[int], actor, request_key: str) -> Listing:
    """Let exactly these memberships, of those that see only granted listings, see an own listing, from their next request on.

    Raises NotFound (a foreign listing, a person who is not narrowed), Denied without the team box.
    """
    require(actor, MANAGE_TEAM)
    wanted = sorted(set(people))
    claim = claim_key(request_key, verb="catalog.grant_listing", actor=actor, inputs={"no": no, "people": wanted})
    listing = lock(Listing.objects.own(actor), no=no)
    if claim.result_id:
        return listing
    before, after = set_grants(ListingUserObjectPermission, listing, flag="only_granted_listings", people=wanted, actor=actor)
    if before != after:
        fact = ListingGrantsSet(listing_id=listing.pk, no=no, seller_id=listing.seller_id)
        record(fact, actor=actor, subject=listing, chains=[listing.chain], changes={"people": [before, after]})
    claim.done(listing.pk)
    return listing
