"""When an enterprise has closed, nothing of it stays on sale or wanted."""

from django.db import transaction
from django.db.models import Q

from kernel.services import cancel_deadlines, lock
from kernel.timer import TIMER

from .. import facts
from ..models import Listing
from ..states import LISTING
from .ads import end_ads_of
from .listings import _move, clear_queue
from .wants import close_wants_of


@transaction.atomic
def withdraw_everything(enterprise_id: int) -> int:
    """Withdraw every listing, close every request and end every advertisement of a closed enterprise; returns how many there were."""
    sold = Q(state__in=LISTING.moves["withdraw"][0]) | Q(waiting=True)
    listings = Listing.objects.filter(sold, seller_id=enterprise_id)
    shown = list(listings.order_by("pk").values_list("pk", flat=True))
    for pk in shown:
        listing = lock(Listing.objects.all(), pk=pk)
        if listing.state in LISTING.moves["withdraw"][0]:
            _move(listing, "withdraw", facts.ListingWithdrawn, TIMER, waiting=False, expires_at=None)
        clear_queue(listing)
        cancel_deadlines(listing)
    return len(shown) + close_wants_of(enterprise_id) + end_ads_of(enterprise_id)
