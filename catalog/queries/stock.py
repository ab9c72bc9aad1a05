from accounts.actors import require
from kernel.refusals import NotFound

from ..models import Listing, StockMovement
from ..permissions import MANAGE_STOCK
from .pages import Page, keyset


def own_stock(actor, *, after: str = "", before: str = "") -> Page:
    """A page of the actor's goods with what is on hand, promised and free."""
    require(actor, MANAGE_STOCK)
    rows = Listing.objects.own(actor).select_related("stock", "category").defer("search", "wants_search")
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def movements_of(actor, no: str, *, after: str = "", before: str = "") -> tuple[Listing, Page]:
    """One own listing and a page of its stock movements, newest first; raises NotFound."""
    require(actor, MANAGE_STOCK)
    listing = Listing.objects.own(actor).select_related("stock", "category").filter(no=no).first()
    if listing is None:
        raise NotFound()
    return listing, keyset(StockMovement.objects.filter(listing=listing), ["-id"], after=after, before=before, size=50)
