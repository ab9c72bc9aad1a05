"""Goods kept for named buyers, as their seller, their buyer and the rules of a trade see them."""

from collections.abc import Iterable
from decimal import Decimal

from accounts.actors import require, require_staff
from kernel.clock import now
from kernel.refusals import NotFound

from ..models import BuyerReservation, Listing
from ..permissions import ASK_RESERVATION, MANAGE_STOCK, RESERVE_FOR_BUYER, VIEW_RESERVATIONS
from .pages import Page, keyset


def kept_for_parties(listing_ids: Iterable[int], parties: Iterable[int]) -> dict[int, Decimal]:
    """What is still kept of goods for one of these enterprises, by listing; what has run out does not count."""
    rows = BuyerReservation.objects.filter(state="held", until__gt=now(), listing_id__in=list(listing_ids), buyer_id__in=list(parties))
    return {row.listing_id: row.rest for row in rows.only("listing_id", "quantity", "used")}


def reservations_given(actor, *, after: str = "", before: str = "") -> Page:
    """A page of the reservations of the actor's own goods; those that wait for an answer, and those that run, are among the newest."""
    require(actor, MANAGE_STOCK)
    rows = BuyerReservation.objects.sold_by(actor).select_related("listing", "buyer")
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def reservations_had(actor, *, after: str = "", before: str = "") -> Page:
    """A page of the reservations for the actor's enterprise."""
    require(actor, ASK_RESERVATION)
    rows = BuyerReservation.objects.bought_by(actor).select_related("listing", "listing__seller")
    return keyset(rows, ["-id"], after=after, before=before, size=30)


def reservations_of(actor, listing: Listing) -> list[BuyerReservation]:
    """The open reservations of one own listing."""
    rows = BuyerReservation.objects.sold_by(actor).filter(listing=listing, state__in=["asked", "held"])
    return list(rows.select_related("buyer").order_by("until")[:50])


def every_reservation(actor):
    """All reservations for buyers, for the desk; raises Denied."""
    _require_desk(actor)
    return BuyerReservation.objects.select_related("listing", "listing__seller", "buyer")


def reservation_for_staff(actor, pk: int) -> BuyerReservation:
    """One reservation for the desk; raises Denied, NotFound."""
    found = every_reservation(actor).select_related("listing__stock").filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def _require_desk(actor) -> None:
    if not actor.can_staff(VIEW_RESERVATIONS):
        require_staff(actor, RESERVE_FOR_BUYER)


def own_reservation(actor, listing: Listing) -> BuyerReservation | None:
    """The open reservation that the actor's enterprise has of a listing."""
    return BuyerReservation.objects.bought_by(actor).filter(listing=listing, state__in=["asked", "held"]).first()


def reservation_goods(actor, no: str) -> Listing:
    """Goods on sale of another enterprise, to be asked for; raises NotFound, Denied."""
    require(actor, ASK_RESERVATION)
    listing = Listing.objects.live().select_related("stock", "seller", "category").filter(no=no).exclude(seller_id=actor.party_id).first()
    if listing is None:
        raise NotFound()
    return listing
