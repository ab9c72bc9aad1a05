"""A draft that its owner no longer wants: seen by nobody from then on, kept because its movements and its log are."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import require
from kernel.refusals import NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, lock

from .. import facts
from ..models import Listing, Stock, StockCountLine
from ..permissions import MANAGE_PRODUCTS
from .listings import _move
from .stock import _write

COUNTING = ("open", "booking")


@transaction.atomic
def discard_draft(no: str, *, actor, request_key: str) -> Listing:
    """Delete an own listing that was never on sale: its stock is booked out, its article number is free again.

    Raises Refusal("was_published"), ("being_counted"), IllegalMove while it is in review; NotFound.
    """
    require(actor, MANAGE_PRODUCTS)
    claim = claim_key(request_key, verb="catalog.discard_draft", actor=actor, inputs={"no": no})
    if claim.result_id:
        return Listing.objects.get(pk=claim.result_id)
    pk = Listing.objects.own(actor).filter(no=no).values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound()
    stock = lock(Stock.objects.all(), pk=pk)  # before the listing, as everywhere
    listing = lock(Listing.objects.own(actor), pk=pk)
    if listing.published_at:
        raise Refusal("was_published", _("This has been on sale, so its page and its records stay. Withdraw it instead."))
    if StockCountLine.objects.filter(listing=listing, count__state__in=COUNTING).exists():
        raise Refusal("being_counted", _("These goods are in an open stock count. Book or cancel the count first."))
    _move(listing, "discard", facts.ListingDiscarded, actor, sku="", waiting=False)
    if stock.on_hand:
        _write(stock, "out", -stock.on_hand, actor=actor, reason="draft deleted")
    Stock.objects.filter(pk=pk).update(low_at=None, low_since=None)
    cancel_deadlines(listing)
    cancel_deadlines(stock)
    claim.done(listing.pk)
    return listing
