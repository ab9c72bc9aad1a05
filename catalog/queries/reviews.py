from accounts.actors import Actor, require_staff

from ..models import Listing
from ..permissions import REVIEW_LISTING


def listings_in_review(actor: Actor):
    """Listings that wait for a reviewer, longest waiting first; staff only, raises Denied."""
    require_staff(actor, REVIEW_LISTING)
    return Listing.objects.filter(state="in_review").order_by("submitted_at", "id")
