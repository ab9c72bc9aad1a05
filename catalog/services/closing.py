"""When an enterprise has closed, nothing of it stays on sale or wanted."""

from django.db import transaction
from django.db.models import Q

from kernel.clock import now
from kernel.services import cancel_deadlines, lock, move, record
from kernel.timer import TIMER

from .. import facts
from ..models import Listing, Want
from ..states import LISTING
from .listings import _move, clear_queue


@transaction.atomic
def withdraw_everything(enterprise_id: int) -> int:
    """Withdraw every listing and close every request of a closed enterprise; returns how many there were."""
    sold = Q(state__in=LISTING.moves["withdraw"][0]) | Q(waiting=True)
    listings = Listing.objects.filter(sold, seller_id=enterprise_id)
    shown = list(listings.order_by("pk").values_list("pk", flat=True))
    for pk in shown:
        listing = lock(Listing.objects.all(), pk=pk)
        if listing.state in LISTING.moves["withdraw"][0]:
            _move(listing, "withdraw", facts.ListingWithdrawn, TIMER, waiting=False, expires_at=None)
        clear_queue(listing)
        cancel_deadlines(listing)
    wanted = list(Want.objects.filter(enterprise_id=enterprise_id, state="open").order_by("pk").values_list("pk", flat=True))
    for pk in wanted:
        want = move(lock(Want.objects.all(), pk=pk), "close", closed_at=now())
        fact = facts.WantClosed(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
        record(fact, actor=TIMER, subject=want, chains=[want.chain], changes={"state": ["open", "closed"]})
    return len(shown) + len(wanted)
