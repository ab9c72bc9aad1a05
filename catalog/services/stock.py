"""Stock: moved by its owner, promised to order lines, shipped or released once. Stock rows are locked before anything else, in pk order.

Reserving, releasing and shipping write no facts of their own: the order's fact of the same transaction tells them, and a second fact
here would lock the chains of the two enterprises in another order than the order does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import require
from kernel.clock import now
from kernel.refusals import IllegalMove, KeyReused, NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, lock_all, move, record

from .. import rules
from ..facts import StockMoved, StockThresholdSet
from ..models import BuyerReservation, Listing, Stock, StockMovement, StockReservation, unit_word
from ..permissions import MANAGE_STOCK
from .low_stock import watch_levels
from .movement_papers import kept_movement_paper

OUT_OF = ("out",)
SHELF = rules.SHELF


@dataclass(frozen=True)
class Wanted:
    """Goods for one order line: `ref` names the line and makes the promise repeatable; `document_no` is the order's number, for people."""

    listing_id: int
    quantity: Decimal
    ref: str
    document_no: str = ""
    buyer_id: int | None = None  # who gets them: what was reserved for that enterprise is taken first


@transaction.atomic
def reserve_stock(wanted: Sequence[Wanted], *, actor) -> list[StockReservation]:
    """Promise goods to order lines, all or none; a ref that is already promised the same goods is left as it is.

    The caller has checked the actor's right. Raises Refusal("stock_short") naming the goods, KeyReused for a ref with other goods (H32).
    """
    stocks = {s.pk: s for s in lock_all(Stock.objects.select_related("listing"), {w.listing_id for w in wanted})}
    known = {r.ref: r for r in StockReservation.objects.filter(ref__in=[w.ref for w in wanted])}
    kept = _kept_for(wanted)
    made = []
    for want in wanted:
        if found := known.get(want.ref):
            if (found.listing_id, found.quantity) != (want.listing_id, want.quantity):
                raise KeyReused()
            made.append(found)
            continue
        stock, own = stocks[want.listing_id], kept.get((want.listing_id, want.buyer_id))
        rest = own.rest if own is not None else Decimal(0)
        if want.quantity <= 0 or stock.free + rest < want.quantity:
            raise _short(stock, rest)
        stock.reserved += want.quantity - min(rest, want.quantity)
        Stock.objects.filter(pk=stock.pk).update(reserved=stock.reserved)
        known[want.ref] = StockReservation.objects.create(
            ref=want.ref, listing_id=want.listing_id, quantity=want.quantity, document_no=want.document_no,
            taken_from=own if rest else None, created_at=now(),
        )  # fmt: skip
        if own is not None and rest:
            _use(own, min(rest, want.quantity))
        made.append(known[want.ref])
    watch_levels(stocks.values())
    return made


def _kept_for(wanted: Sequence[Wanted]) -> dict[tuple[int, int | None], BuyerReservation]:
    """What is kept back for the buyers of these lines, locked; what has run out is nobody's any more, even before its clock fired."""
    pairs = {(want.listing_id, want.buyer_id) for want in wanted if want.buyer_id}
    if not pairs:
        return {}
    held = BuyerReservation.objects.filter(state="held", until__gt=now(), listing_id__in={listing for listing, _buyer in pairs})
    found = [(row.pk, (row.listing_id, row.buyer_id)) for row in held.only("pk", "listing_id", "buyer_id")]
    locked = lock_all(BuyerReservation.objects.all(), {pk for pk, pair in found if pair in pairs})
    return {(row.listing_id, row.buyer_id): row for row in locked if row.state == "held"}


def _use(reservation: BuyerReservation, quantity: Decimal) -> None:
    """Take goods out of a locked reservation: its order tells of it, and one that is used up needs no clock."""
    reservation.used += quantity
    if reservation.rest:
        BuyerReservation.objects.filter(pk=reservation.pk).update(used=reservation.used)
        return
    move(reservation, "use", used=reservation.used, ended_at=now())
    cancel_deadlines(reservation)


def _short(stock: Stock, kept: Decimal = Decimal(0)) -> Refusal:
    text = _("There is not enough free stock of “%(title)s”: %(free)s %(unit)s can be promised now.")
    there = stock.free + kept
    free = f"{there.normalize():f}" if there else "0"
    return Refusal(
        "stock_short",
        text % {"title": stock.listing.title, "free": free, "unit": unit_word(stock.listing.unit, there)},
        listing_id=stock.pk,
        no=stock.listing.no,
    )


def locked_promises(refs: Iterable[str]) -> tuple[dict[int, Stock], list[StockReservation]]:
    """Lock promises by their refs, and before them the stock they are of; unknown refs are left out."""
    found = list(StockReservation.objects.filter(ref__in=set(refs)).values_list("pk", "listing_id"))
    stocks = {s.pk: s for s in lock_all(Stock.objects.all(), {listing for _pk, listing in found})}
    return stocks, lock_all(StockReservation.objects.all(), {pk for pk, _listing in found})


@transaction.atomic
def release_stock(refs: Iterable[str], *, actor) -> int:
    """Give promised goods back to free stock and return how many lines were; released and unknown refs are left alone.

    Raises IllegalMove when one of them has been shipped.
    """
    stocks, reservations = locked_promises(refs)
    released = 0
    for reservation in reservations:
        if reservation.state == "released":
            continue
        move(reservation, "release")
        stock = stocks[reservation.listing_id]
        stock.reserved -= reservation.quantity
        Stock.objects.filter(pk=stock.pk).update(reserved=stock.reserved)
        released += 1
    watch_levels(stocks.values())
    return released


@transaction.atomic
def split_stock(parts: Mapping[str, tuple[str, Decimal]], *, actor) -> None:
    """Divide promises that are still held: of each ref so much goes over to a new ref; nothing is promised or freed by it.

    Raises NotFound for a ref that was never promised, IllegalMove when it is no longer held, Refusal("stock_quantity") unless both parts
    are more than nothing, KeyReused for a new ref that is known already.
    """
    _stocks, reservations = locked_promises(parts)
    if len(reservations) != len(parts):
        raise NotFound()
    if StockReservation.objects.filter(ref__in=[ref for ref, _quantity in parts.values()]).exists():
        raise KeyReused()
    for reservation in reservations:
        _split(reservation, *parts[reservation.ref])


def _split(reservation: StockReservation, ref: str, quantity: Decimal) -> StockReservation:
    if reservation.state != "held":
        raise IllegalMove("catalog.reservation", reservation.state, "split")
    if not 0 < quantity < reservation.quantity:
        raise Refusal("stock_quantity", _("A part must be more than nothing and less than the whole."))
    return divide(reservation, ref, quantity)


def divide(reservation: StockReservation, ref: str, quantity: Decimal) -> StockReservation:
    """Let so much of a locked promise stand under a ref of its own; the caller has checked that both parts are more than nothing."""
    StockReservation.objects.filter(pk=reservation.pk).update(quantity=reservation.quantity - quantity)
    return StockReservation.objects.create(
        ref=ref, listing_id=reservation.listing_id, quantity=quantity, document_no=reservation.document_no,
        taken_from_id=reservation.taken_from_id, created_at=now(),
    )  # fmt: skip


@transaction.atomic
def release_stock_part(ref: str, quantity: Decimal, *, part: str, actor) -> bool:
    """Give so much of one held promise back to free stock, as a row of its own named `part`; the rest stays promised under `ref`.

    False when `part` was given back before: repeating it frees nothing more, whatever the quantity of the rest is by now. The whole is
    given back by `release_stock`. Raises NotFound, IllegalMove when it is no longer held, KeyReused when `part` names other goods,
    Refusal("stock_quantity") unless the part is more than nothing and less than the whole.
    """
    stocks, reservations = locked_promises([ref])
    if not reservations:
        raise NotFound()
    [reservation] = reservations
    if known := StockReservation.objects.filter(ref=part).first():
        if (known.listing_id, known.quantity, known.state) != (reservation.listing_id, quantity, "released"):
            raise KeyReused()
        return False
    made, stock = _split(reservation, part, quantity), stocks[reservation.listing_id]
    move(lock(StockReservation.objects.all(), pk=made.pk), "release")
    stock.reserved -= quantity
    Stock.objects.filter(pk=stock.pk).update(reserved=stock.reserved)
    watch_levels([stock])
    return True


@transaction.atomic
def ship_stock(refs: Iterable[str], *, actor) -> int:
    """Take promised goods off the shelf and return how many lines were; shipped refs are left alone.

    Raises NotFound for a ref that was never promised, IllegalMove for one that was released.
    """
    refs = set(refs)
    stocks, reservations = locked_promises(refs)
    if len(reservations) != len(refs):
        raise NotFound()
    shipped = 0
    for reservation in reservations:
        if reservation.state == "shipped":
            continue
        move(reservation, "ship")
        stock = stocks[reservation.listing_id]
        stock.reserved -= reservation.quantity
        _write(stock, "ship", -reservation.quantity, actor=actor, ref=reservation.ref, document_no=reservation.document_no)
        shipped += 1
    watch_levels(stocks.values())
    return shipped


@transaction.atomic
def return_stock(refs: Iterable[str], *, actor) -> int:
    """Put shipped goods back on the shelf after a return and return how many lines were; a ref comes back once.

    Raises IllegalMove for a ref that was not shipped.
    """
    stocks, reservations = locked_promises(refs)
    back = set(StockMovement.objects.filter(kind="return", ref__in=[r.ref for r in reservations]).values_list("ref", flat=True))
    returned = 0
    for reservation in reservations:
        if reservation.state != "shipped":
            raise IllegalMove("catalog.reservation", reservation.state, "return")
        if reservation.ref not in back:
            stock = stocks[reservation.listing_id]
            _write(stock, "return", reservation.quantity, actor=actor, ref=reservation.ref, document_no=reservation.document_no)
            returned += 1
    watch_levels(stocks.values())
    return returned


@transaction.atomic
def move_stock(
    no: str, *, actor, kind: str, quantity: Decimal, reason: str, request_key: str, document_no: str = "", paper: str = ""
) -> StockMovement:  # fmt: skip
    """Book goods in ("in"), out ("out") or correct the count ("adjust", signed) of an own listing; the reason is kept.

    `paper` is the token of a kept delivery note or picture (`keep_movement_paper`). Raises Refusal("stock_quantity"),
    Refusal("stock_reserved") when goods are promised to orders or kept for buyers (H32).
    """
    require(actor, MANAGE_STOCK)
    kept = kept_movement_paper(paper, actor=actor)
    inputs = {"no": no, "kind": kind, "quantity": quantity, "reason": reason, "document_no": document_no}
    if kept is not None:
        inputs["paper"] = kept.sha256
    claim = claim_key(request_key, verb="catalog.move_stock", actor=actor, inputs=inputs)
    if claim.result_id:
        return StockMovement.objects.get(pk=claim.result_id)
    listing = Listing.objects.own(actor).filter(no=no).first()
    if listing is None:
        raise NotFound()
    stock = lock(Stock.objects.all(), pk=listing.pk)
    signed = -quantity if kind in OUT_OF else quantity
    if refusal := rules.movement_refusal(kind, quantity, on_hand=stock.on_hand, reserved=stock.reserved):
        raise Refusal(*refusal)
    before = stock.on_hand
    movement = _write(stock, kind, signed, actor=actor, reason=reason, document_no=document_no, paper=kept)
    watch_levels([stock])
    fact = StockMoved(listing_id=listing.pk, no=no, kind=kind, quantity=str(signed), balance=str(stock.on_hand))
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes={"on_hand": [str(before), str(stock.on_hand)]})
    claim.done(movement.pk)
    return movement


@transaction.atomic
def set_threshold(no: str, *, actor, low_at: Decimal | None, request_key: str) -> Stock:
    """Say from which free quantity on an own listing is low (None: never); raises Refusal("stock_quantity"), NotFound."""
    require(actor, MANAGE_STOCK)
    claim = claim_key(request_key, verb="catalog.set_threshold", actor=actor, inputs={"no": no, "low_at": low_at})
    listing = Listing.objects.own(actor).filter(no=no).first()
    if listing is None:
        raise NotFound()
    stock = lock(Stock.objects.all(), pk=listing.pk)
    if claim.result_id:
        return stock
    if low_at is not None and not 0 < low_at < SHELF:
        raise Refusal("stock_quantity", _("Give a quantity above zero."))
    before, stock.low_at, stock.low_since = stock.low_at, low_at, None
    Stock.objects.filter(pk=stock.pk).update(low_at=low_at, low_since=None)
    cancel_deadlines(stock)
    watch_levels([stock])
    fact = StockThresholdSet(listing_id=listing.pk, no=no, seller_id=listing.seller_id)
    changes = {"low_at": [str(before or ""), str(low_at or "")]}
    record(fact, actor=actor, subject=listing, chains=[listing.chain], changes=changes)
    claim.done(stock.pk)
    return stock


def _write(
    stock: Stock, kind: str, signed: Decimal, *, actor, reason: str = "", document_no: str = "", ref: str = "", paper=None
) -> StockMovement:  # fmt: skip
    if abs(signed) >= SHELF or stock.on_hand + signed >= SHELF:
        raise Refusal("stock_quantity", _("No more than 99,999,999,999 units of one thing can be kept. Give a smaller quantity."))
    stock.on_hand += signed
    Stock.objects.filter(pk=stock.pk).update(on_hand=stock.on_hand, reserved=stock.reserved)
    return StockMovement.objects.create(
        listing_id=stock.pk, kind=kind, quantity=signed, balance=stock.on_hand, reason=reason, document_no=document_no, ref=ref,
        at=now(), by_id=actor.user_id, paper=paper,
    )  # fmt: skip
