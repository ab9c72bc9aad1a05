"""When an enterprise has closed, nothing of it stays on sale or wanted."""

from django.db import transaction

from kernel.clock import now
from kernel.services import cancel_deadlines, lock, move, record
from kernel.timer import TIMER

from .. import facts
from ..models import Listing, Want
from ..states import LISTING
from .listings import _move


@transaction.atomic
def withdraw_everything(enterprise_id: int) -> int:
    """Withdraw every listing and close every request of a closed enterprise; returns how many there were."""
    listings = Listing.objects.filter(seller_id=enterprise_id, state__in=LISTING.moves["withdraw"][0])
    shown = list(listings.order_by("pk").values_list("pk", flat=True))
    for pk in shown:
        listing = lock(Listing.objects.all(), pk=pk)
        cancel_deadlines(listing)
        _move(listing, "withdraw", facts.ListingWithdrawn, TIMER)
    wanted = list(Want.objects.filter(enterprise_id=enterprise_id, state="open").order_by("pk").values_list("pk", flat=True))
    for pk in wanted:
        want = move(lock(Want.objects.all(), pk=pk), "close", closed_at=now())
        fact = facts.WantClosed(want_id=want.pk, no=want.no, enterprise_id=want.enterprise_id)
        record(fact, actor=TIMER, subject=want, chains=[want.chain], changes={"state": ["open", "closed"]})
    return len(shown) + len(wanted)
