"""Goods kept for one named buyer until a time (H59): by their seller, by customer service, or because the seller said yes to a request.

What is kept counts as reserved on the shelf, so nobody else is promised it; the buyer's orders take from it first (`reserve_stock`).
The shelf is locked before the reservation, everywhere. Facts stand on both chains.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require, require_staff
from accounts.models import Enterprise
from accounts.queries import ever_belonged, is_vip
from accounts.services import pass_gate
from kernel.clock import now
from kernel.refusals import Denied, NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, move, next_no, record, start_deadline
from kernel.timer import TIMER

from ..facts import ReservationAsked, ReservationEnded, ReservationMade
from ..models import BuyerReservation, Listing, Stock
from ..permissions import ASK_RESERVATION, MANAGE_STOCK, RESERVE_FOR_BUYER
from ..rules import RESERVATIONS_ASKED_MOST, RESERVED, RESERVED_DAYS_MOST
from .low_stock import watch_levels


@transaction.atomic
def reserve_for_buyer(
    no: str, *, actor, buyer: str, quantity: Decimal, until: datetime, request_key: str, note: str = ""
) -> BuyerReservation:  # fmt: skip
    """Keep goods of an own listing for the enterprise named `buyer` (handle, name or registration number); staff may for any seller.

    Raises Denied, NotFound, Refusal buyer_unknown / reserved_already / stock_short / reservation_quantity / reservation_until.
    """
    staff = actor.can_staff(RESERVE_FOR_BUYER) and not Listing.objects.own(actor).filter(no=no).exists()
    if not staff:
        require(actor, MANAGE_STOCK)
    inputs = {"no": no, "buyer": buyer, "quantity": quantity, "until": until, "note": note}
    claim = claim_key(request_key, verb="catalog.reserve_for_buyer", actor=actor, inputs=inputs)
    if claim.result_id:
        return BuyerReservation.objects.get(pk=claim.result_id)
    listing = (Listing.objects.live() if staff else Listing.objects.own(actor)).filter(no=no).first()
    if listing is None:
        raise NotFound()
    if staff:
        require_staff(actor, RESERVE_FOR_BUYER)
        if not note.strip():
            text = _("Say why: both sides read this reason.")
            raise Refusal("reason_missing", text, fields={"note": text})
    found = _buyer(buyer, listing)
    if staff and ever_belonged(actor, [listing.seller_id, found.pk]):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    stock = lock(Stock.objects.select_related("listing"), pk=listing.pk)
    made = _draft(listing, found, quantity, until, note, "staff" if staff else "seller")
    _hold(made, stock, actor)
    claim.done(made.pk)
    return made


@transaction.atomic
def ask_reservation(no: str, *, actor, quantity: Decimal, until: datetime, request_key: str, note: str = "") -> BuyerReservation:
    """Ask the seller of goods on sale to keep some for the actor's VIP enterprise; nothing is kept until it says yes.

    Raises Denied, NotFound, Refusal not_vip / own_goods / too_many_asked / reserved_already / stock_short / reservation_….
    """
    require(actor, ASK_RESERVATION)
    inputs = {"no": no, "quantity": quantity, "until": until, "note": note}
    claim = claim_key(request_key, verb="catalog.ask_reservation", actor=actor, inputs=inputs)
    if claim.result_id:
        return BuyerReservation.objects.get(pk=claim.result_id)
    listing = Listing.objects.live().filter(no=no).first()
    if listing is None:
        raise NotFound()
    if listing.seller_id == actor.party_id:
        raise Refusal("own_goods", _("These are your own goods."))
    if not is_vip(actor.party_id):
        raise Refusal("not_vip", _("Asking for a reservation is a privilege of VIP companies."))
    buyer = Enterprise.objects.select_for_update(no_key=True).get(pk=actor.party_id)
    if BuyerReservation.objects.filter(buyer=buyer, state="asked").count() >= RESERVATIONS_ASKED_MOST:
        text = _("%(n)s of your requests wait for an answer. Ask again when one of them is answered.") % {"n": RESERVATIONS_ASKED_MOST}
        raise Refusal("too_many_asked", text)
    asked = _draft(listing, buyer, quantity, until, note, "buyer")
    start_deadline(RESERVED.code, asked, chains=asked.chains, at=until)
    value = ReservationAsked(
        reservation_id=asked.pk, no=asked.no, listing_no=listing.no, seller_id=listing.seller_id, buyer_id=buyer.pk,
        quantity=f"{quantity.normalize():f}",
    )  # fmt: skip
    record(value, actor=actor, subject=asked, chains=asked.chains)
    claim.done(asked.pk)
    return asked


def _buyer(name: str, listing: Listing) -> Enterprise:
    name = name.strip()
    rows = Enterprise.objects.verified()
    found = rows.filter(handle=name).first() or rows.filter(registration_no=name.upper()).first()
    named = list(rows.filter(name=name)[:2]) if found is None else []
    found = found or (named[0] if len(named) == 1 else None)
    if found is None or found.pk == listing.seller_id:
        text = _("No other verified enterprise has this name. Write its full name, its code, or the last part of its page's address.")
        raise Refusal("buyer_unknown", text, fields={"buyer": text})
    if pass_gate([found.pk]).get(found.pk) != "verified":
        raise NotFound()
    return found


def _draft(listing: Listing, buyer: Enterprise, quantity: Decimal, until: datetime, note: str, side: str) -> BuyerReservation:
    if quantity <= 0:
        text = _("Give a quantity above zero.")
        raise Refusal("reservation_quantity", text, fields={"quantity": text})
    if not now() < until <= now() + timedelta(days=RESERVED_DAYS_MOST):
        outside = _("The time must lie between now and %(days)s days from now.") % {"days": RESERVED_DAYS_MOST}
        raise Refusal("reservation_until", outside, fields={"until": outside})
    open_one = BuyerReservation.objects.filter(listing=listing, buyer=buyer, state__in=["asked", "held"]).first()
    if open_one is not None:
        raise Refusal("reserved_already", _("%(no)s is open for this buyer already; end it first.") % {"no": open_one.no})
    return BuyerReservation.objects.create(
        no=next_no("R", sequence="catalog_reservation_no"), listing=listing, buyer=buyer, quantity=quantity, until=until, note=note.strip(),
        asked_by=side, created_at=now(),
    )  # fmt: skip


def _hold(reservation: BuyerReservation, stock: Stock, actor) -> None:
    """Keep the goods of a reservation back on its locked shelf."""
    if stock.free < reservation.quantity:
        free = f"{stock.free.normalize():f}" if stock.free else "0"
        text = _("Only %(free)s of it is free; the rest is promised to orders or reserved for buyers.") % {"free": free}
        raise Refusal("stock_short", text, fields={"quantity": text})
    reservation = lock(BuyerReservation.objects.select_related("listing"), pk=reservation.pk)
    move(reservation, "accept")
    stock.reserved += reservation.quantity
    Stock.objects.filter(pk=stock.pk).update(reserved=stock.reserved)
    watch_levels([stock])
    start_deadline(RESERVED.code, reservation, chains=reservation.chains, at=reservation.until)
    value = ReservationMade(
        reservation_id=reservation.pk, no=reservation.no, listing_no=reservation.listing.no, seller_id=reservation.listing.seller_id,
        buyer_id=reservation.buyer_id, quantity=f"{reservation.quantity.normalize():f}", until=reservation.until.isoformat(),
    )  # fmt: skip
    record(value, actor=actor, subject=reservation, chains=reservation.chains)


@transaction.atomic
def accept_reservation(no: str, *, actor, request_key: str) -> BuyerReservation:
    """Say yes to a buyer's request and keep the goods; raises NotFound, Refusal stock_short / reservation_over, IllegalMove."""
    require(actor, MANAGE_STOCK)
    claim = claim_key(request_key, verb="catalog.accept_reservation", actor=actor, inputs={"no": no})
    buyer_id = BuyerReservation.objects.sold_by(actor).filter(no=no).values_list("buyer_id", flat=True).first()
    if buyer_id is None:
        raise NotFound()
    trading = pass_gate([buyer_id]).get(buyer_id) == "verified"  # before any row
    stock, reservation = _locked(BuyerReservation.objects.sold_by(actor), no)
    if claim.result_id:
        return reservation
    if reservation.state == "asked" and reservation.until <= now():
        raise Refusal("reservation_over", _("The time that the buyer asked for is over."))
    if not trading:
        raise Refusal("party_not_trading", _("One of the parties may not trade at the moment."))
    _hold(reservation, stock, actor)
    claim.done(reservation.pk)
    return BuyerReservation.objects.select_related("listing").get(pk=reservation.pk)


@transaction.atomic
def decline_reservation(no: str, *, actor, request_key: str) -> BuyerReservation:
    """Say no to a buyer's request; raises NotFound, IllegalMove."""
    require(actor, MANAGE_STOCK)
    return _end(BuyerReservation.objects.sold_by(actor), no, "decline", actor, request_key)


@transaction.atomic
def release_reservation(no: str, *, actor, request_key: str, reason: str = "") -> BuyerReservation:
    """Give up what is still kept: its buyer may, staff may with a reason, its seller only where it was the seller's own idea.

    What a buyer asked for and was granted, and what staff arranged, its seller cannot take back alone.
    Raises NotFound, Denied, IllegalMove, Refusal reason_missing (staff).
    """
    if BuyerReservation.objects.bought_by(actor).filter(no=no).exists():
        require(actor, ASK_RESERVATION)
        return _end(BuyerReservation.objects.bought_by(actor), no, "release", actor, request_key)
    if BuyerReservation.objects.sold_by(actor).filter(no=no).exists():
        require(actor, MANAGE_STOCK)
        if not BuyerReservation.objects.filter(no=no, asked_by="seller").exists():
            raise Denied("promised_to_buyer", _("You have promised this to the buyer. The buyer or customer service can give it up."))
        return _end(BuyerReservation.objects.sold_by(actor), no, "release", actor, request_key)
    if not actor.can_staff(RESERVE_FOR_BUYER):
        raise NotFound()
    parties = BuyerReservation.objects.filter(no=no).values_list("listing__seller_id", "buyer_id").first()
    if parties and ever_belonged(actor, list(parties)):
        raise Denied("own_enterprise", _("You belong to this enterprise, so a colleague must decide."))
    if not reason.strip():
        text = _("Say why: both sides read this reason.")
        raise Refusal("reason_missing", text, fields={"reason": text})
    return _end(BuyerReservation.objects.all(), no, "release", actor, request_key, reason=reason.strip())


@transaction.atomic
def withdraw_reservation(no: str, *, actor, request_key: str) -> BuyerReservation:
    """Take back one's own request before it is answered; raises NotFound, IllegalMove."""
    require(actor, ASK_RESERVATION)
    return _end(BuyerReservation.objects.bought_by(actor), no, "withdraw", actor, request_key)


def _locked(rows, no: str) -> tuple[Stock, BuyerReservation]:
    place = rows.filter(no=no).values_list("pk", "listing_id").first()
    if place is None:
        raise NotFound()
    stock = lock(Stock.objects.all(), pk=place[1])
    return stock, lock(BuyerReservation.objects.select_related("listing"), pk=place[0])


def _end(rows, no: str, how: str, actor, request_key: str, reason: str = "") -> BuyerReservation:
    inputs = {"no": no} | ({"reason": reason} if reason else {})
    claim = claim_key(request_key, verb=f"catalog.{how}_reservation", actor=actor, inputs=inputs)
    stock, reservation = _locked(rows, no)
    if not claim.result_id:
        _over(reservation, stock, how, actor, reason)
        claim.done(reservation.pk)
    return reservation


def _over(reservation: BuyerReservation, stock: Stock, how: str, actor, reason: str = "") -> None:
    before, rest = reservation.state, reservation.rest
    move(reservation, how, ended_at=now(), end_reason=reason)
    if before == "held":
        stock.reserved -= rest
        Stock.objects.filter(pk=stock.pk).update(reserved=stock.reserved)
        watch_levels([stock])
    cancel_deadlines(reservation)
    value = ReservationEnded(
        reservation_id=reservation.pk, no=reservation.no, listing_no=reservation.listing.no, seller_id=reservation.listing.seller_id,
        buyer_id=reservation.buyer_id, how=reservation.state, rest=f"{rest.normalize():f}",
    )  # fmt: skip
    record(value, actor=actor, subject=reservation, chains=reservation.chains, changes={"state": [before, reservation.state]})


@transaction.atomic
def expire_reservation(pk: int, *, actor=TIMER) -> bool:
    """Free what is still kept when the time is over; False when the reservation has ended meanwhile."""
    no = BuyerReservation.objects.values_list("no", flat=True).filter(pk=pk).first()
    stock, reservation = _locked(BuyerReservation.objects.all(), no or "")
    if reservation.state not in ("asked", "held") or reservation.until > now():
        return False
    _over(reservation, stock, "expire", actor)
    return True


@transaction.atomic
def end_reservations_of(enterprise_id: int) -> int:
    """End every open reservation for or of an enterprise that has closed; returns how many there were."""
    rows = BuyerReservation.objects.filter(state__in=["asked", "held"])
    mine = list(
        (rows.filter(buyer_id=enterprise_id) | rows.filter(listing__seller_id=enterprise_id)).order_by("pk").values_list("no", flat=True)
    )
    for no in mine:
        stock, reservation = _locked(BuyerReservation.objects.all(), no)
        if reservation.state in ("asked", "held"):
            _over(reservation, stock, "release" if reservation.state == "held" else "withdraw", TIMER)
    return len(mine)
