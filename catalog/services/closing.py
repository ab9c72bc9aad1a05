"""When an enterprise has closed, nothing of it stays on sale or wanted."""

from django.db import transaction

from kernel.services import cancel_deadlines, lock
from kernel.timer import TIMER

from .. import facts
from ..models import Listing
from ..states import LISTING
from .ads import end_ads_of
from .listings import _move
from .wants import close_wants_of


@transaction.atomic
def withdraw_everything(enterprise_id: int) -> int:
    """Withdraw every listing, close every request and end every advertisement of a closed enterprise; returns how many there were."""
    listings = Listing.objects.filter(seller_id=enterprise_id, state__in=LISTING.moves["withdraw"][0])
    shown = list(listings.order_by("pk").values_list("pk", flat=True))
    for pk in shown:
        listing = lock(Listing.objects.all(), pk=pk)
        cancel_deadlines(listing)
        _move(listing, "withdraw", facts.ListingWithdrawn, TIMER)
    return len(shown) + close_wants_of(enterprise_id) + end_ads_of(enterprise_id)
