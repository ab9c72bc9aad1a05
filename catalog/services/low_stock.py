"""Goods that run out: noticed where the shelf changes, told by a clock that is due at once.

Whoever changes a shelf holds locks that come before the chains, so nothing can be recorded there (docs/ARCHITECTURE.md); a deadline is
only a row, and the fact that its sweep records brings the notice.
"""

from collections.abc import Iterable

from django.db import transaction

from kernel.clock import now
from kernel.services import cancel_deadlines, lock, record, start_deadline
from kernel.timer import TIMER

from ..facts import StockRanLow
from ..models import Listing, Stock
from ..rules import LOW_STOCK, low


def watch_levels(stocks: Iterable[Stock]) -> None:
    """Begin or end what is said of locked shelves: low since now, or restocked. Once low, nothing more is said until then."""
    for stock in stocks:
        is_low = low(stock.free, stock.low_at)
        if is_low == (stock.low_since is not None):
            continue
        stock.low_since = now() if is_low else None
        Stock.objects.filter(pk=stock.pk).update(low_since=stock.low_since)
        if is_low:
            seller = Listing.objects.only("seller_id").get(pk=stock.pk)
            start_deadline(LOW_STOCK.code, stock, chains=[seller.chain])
        else:
            cancel_deadlines(stock)


@transaction.atomic
def tell_low_stock(listing_id: int) -> bool:
    """Record that goods ran low; False when they were restocked meanwhile."""
    stock = lock(Stock.objects.select_related("listing"), pk=listing_id)
    if stock.low_since is None:
        return False
    listing = stock.listing
    value = StockRanLow(
        listing_id=listing.pk, no=listing.no, seller_id=listing.seller_id, free=f"{stock.free.normalize():f}",
        low_at=f"{stock.low_at.normalize():f}",
    )  # fmt: skip
    record(value, actor=TIMER, subject=listing, chains=[listing.chain])
    return True
