"""Who sees a listing, and who of some people does."""

from accounts.actors import require
from accounts.permissions import MANAGE_TEAM
from kernel.refusals import NotFound
from kernel.registries import sight

from ..models import Listing, ListingUserObjectPermission


def listing_to_grant(actor, no: str) -> tuple[Listing, set[int]]:
    """An own listing and the memberships it is granted to; raises NotFound, Denied without the team box."""
    require(actor, MANAGE_TEAM)
    listing = Listing.objects.own(actor).filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing, set(listing.grants.values_list("membership_id", flat=True))


@sight("catalog.listing")
def who_sees_listing(listing_id: str, places) -> set[int]:
    """Of these memberships of the seller, those that see the listing."""
    granted = ListingUserObjectPermission.objects.filter(content_object=int(listing_id), membership__in=[p.pk for p in places])
    seen = set(granted.values_list("membership_id", flat=True))
    return {place.pk for place in places if place.is_main or not place.only_granted_listings or place.pk in seen}
