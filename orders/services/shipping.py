"""Goods on the way: shipping, tracking, the receiver's acceptance; the last acceptance pays everybody (C19)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from catalog.services import ship_stock
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, pause_deadlines, record, start_deadline
from kernel.timer import TIMER

from .. import rules
from ..facts import ConsignmentAccepted, ConsignmentShipped, OrderCompleted, ShippingLate, TrackingNoted
from ..models import Consignment, Order, Refund, TrackingEvent
from ..permissions import ACCEPT_GOODS, SHIP
from ..states import REFUND_OPEN
from .frozen import frozen_parties, put_off_acceptance
from .funding import lock_what_ends, settle_tenders
from .parts import PENDING, divided, keep_rest, to_ship


@transaction.atomic
def ship_goods(
    no: str, *, actor: Actor, carrier: str, carrier_name: str, waybill_no: str, request_key: str, parts: Mapping[int, int] | None = None
) -> Consignment:
    """Record that one's goods left: all that remains to ship, or of each line (by id) the quantity in `parts`; the rest stays to ship.

    Raises Refusal waybill_malformed / refund_open / not_funded / nothing_to_ship / part_wrong.
    """
    require(actor, SHIP)
    waybill_no = waybill_no.strip().upper()
    inputs: dict = {"no": no, "carrier": carrier, "name": carrier_name, "waybill": waybill_no}
    if parts is not None:
        inputs["parts"] = {str(pk): quantity for pk, quantity in parts.items()}
    claim = claim_key(request_key, verb="orders.ship", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return lock(Consignment.objects.filter(order=order), pk=claim.result_id)
    if carrier not in rules.CARRIERS or rules.waybill_refusal(waybill_no):
        raise Refusal("waybill_malformed", rules.waybill_refusal(waybill_no) or _("Choose a carrier."))
    _no_open_refund(order)
    if order.state == "funded":
        move(order, "ship", shipped_at=now())
    elif order.state != "shipped":
        raise Refusal("not_funded", _("Goods may leave only when everything owed is held."))
    consignment = to_ship(order, actor=actor)
    rest = divided(consignment, parts) if parts is not None else {}
    move(consignment, "ship", carrier=carrier, carrier_name=carrier_name.strip(), waybill_no=waybill_no, shipped_at=now())
    if rest:
        keep_rest(order, consignment, rest, actor=actor)
    else:
        meet_deadline("orders.ship", consignment)
    start_deadline("orders.receive", consignment, chains=order.chains)
    ship_stock(list(consignment.lines.values_list("stock_ref", flat=True)), actor=actor)
    value = ConsignmentShipped(
        order_id=order.pk, no=order.no, consignment_id=consignment.pk, giver_id=consignment.giver_id, receiver_id=consignment.receiver_id,
        carrier=carrier, waybill_no=waybill_no,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes={"consignment": ["to_ship", "shipped"]})
    claim.done(consignment.pk)
    return consignment


def _no_open_refund(order: Order) -> None:
    if Refund.objects.filter(order=order, state__in=REFUND_OPEN).exists():
        raise Refusal("refund_open", _("A refund request is open on this order; answer it first."))


@transaction.atomic
def note_tracking(
    no: str, consignment_id: int, *, actor: Actor, kind: str, happened_at: datetime, place: str, request_key: str
) -> TrackingEvent:  # fmt: skip
    """Add a step on the way by hand: the giver the journey, the receiver its signature, which starts the inspection clock (H31).

    Raises Refusal not_on_the_way / tracking_time, Denied not_yours_to_note, NotFound.
    """
    inputs = {"no": no, "consignment": consignment_id, "kind": kind, "at": happened_at, "place": place}
    claim = claim_key(request_key, verb="orders.note_tracking", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    consignment = lock(Consignment.objects.filter(order=order), pk=consignment_id)
    giving = consignment.giver_id == actor.enterprise_id
    require(actor, SHIP if giving else ACCEPT_GOODS)
    if claim.result_id:
        return TrackingEvent.objects.get(pk=claim.result_id)
    if consignment.state != "shipped":
        raise Refusal("not_on_the_way", _("These goods are not on their way."))
    if giving == (kind in ("signed", "rejected")):
        raise Denied("not_yours_to_note", _("Signing for goods is the receiver's to note; the journey is the sender's."))
    if happened_at > now() or happened_at < consignment.shipped_at.replace(second=0, microsecond=0):
        raise Refusal("tracking_time", _("The time must lie between shipping and now."))
    event, created = TrackingEvent.objects.get_or_create(
        consignment=consignment, kind=kind, happened_at=happened_at, place=place.strip(),
        defaults={"source": "giver" if giving else "receiver", "recorded_at": now(), "recorded_by_id": actor.user_id},
    )  # fmt: skip
    if created:
        _after_event(order, consignment, event, actor)
    claim.done(event.pk)
    return event


def _after_event(order: Order, consignment: Consignment, event: TrackingEvent, actor: Actor) -> None:
    if event.kind == "signed" and consignment.signed_at is None:
        start_inspection(order, consignment, event.happened_at)
    value = TrackingNoted(
        order_id=order.pk, consignment_id=consignment.pk, kind=event.kind, happened_at=event.happened_at.isoformat(), source=event.source
    )
    record(value, actor=actor, subject=order, chains=order.chains)


def start_inspection(order: Order, consignment: Consignment, signed_at: datetime) -> None:
    """Start the receiver's inspection clock for a locked consignment, whoever told of the signature; never more than this (H31, H33)."""
    Consignment.objects.filter(pk=consignment.pk).update(signed_at=signed_at)
    meet_deadline("orders.receive", consignment)
    start_deadline("orders.inspect", consignment, chains=order.chains)  # from now: a date typed in the past must not pay at once
    if Refund.objects.filter(order=order, state__in=REFUND_OPEN).exists():
        pause_deadlines(consignment)  # it runs on when the request is answered


@transaction.atomic
def accept_goods(no: str, consignment_id: int, *, actor: Actor, request_key: str) -> Order:
    """Accept what the other party shipped; the last acceptance completes the order and pays out what is held.

    Raises Refusal refund_open, IllegalMove; NotFound unless the consignment is for the actor's enterprise.
    """
    require(actor, ACCEPT_GOODS)
    claim = claim_key(request_key, verb="orders.accept", actor=actor, inputs={"no": no, "consignment": consignment_id})
    order = lock(Order.objects.own(actor), no=no)
    consignment = lock(Consignment.objects.filter(order=order, receiver_id=actor.enterprise_id), pk=consignment_id)
    if not claim.result_id:
        _accept(order, consignment, actor)
        claim.done(order.pk)
    return order


def _accept(order: Order, consignment: Consignment, actor) -> None:
    _no_open_refund(order)
    lock_what_ends(order)
    move(consignment, "accept", accepted_at=now())
    meet_deadline("orders.inspect", consignment)
    cancel_deadlines(consignment)
    value = ConsignmentAccepted(
        order_id=order.pk, no=order.no, consignment_id=consignment.pk, giver_id=consignment.giver_id, receiver_id=consignment.receiver_id
    )
    record(value, actor=actor, subject=order, chains=order.chains, changes={"consignment": ["shipped", "accepted"]})
    complete_if_accepted(order, actor=actor)


def complete_if_accepted(order: Order, *, actor) -> None:
    """Complete a locked order under way when everything that was sent is accepted and nothing remains to be shipped; pay everybody."""
    if order.state != "shipped" or Consignment.objects.filter(order=order, state__in=PENDING).exists():
        return
    move(order, "complete", completed_at=now())
    settle_tenders(order, actor=actor)
    done = OrderCompleted(order_id=order.pk, no=order.no, proposer_id=order.proposer_id, responder_id=order.responder_id)
    record(done, actor=actor, subject=order, chains=order.chains, changes={"state": ["shipped", "completed"]})


@transaction.atomic
def accept_unanswered(consignment_id: int) -> None:
    """Accept for a receiver that said nothing in its window; harmless when it has spoken, put off while it would pay a frozen party."""
    frozen = frozen_parties(Order.objects.filter(consignments__pk=consignment_id))
    order = lock(Order.objects.all(), consignments__pk=consignment_id)
    consignment = lock(Consignment.objects.filter(order=order), pk=consignment_id)
    open_refund = Refund.objects.filter(order=order, state__in=REFUND_OPEN).exists()
    if (
        consignment.state == "shipped"
        and order.state == "shipped"
        and not open_refund
        and not put_off_acceptance(order, consignment, frozen)
    ):
        _accept(order, consignment, TIMER)


@transaction.atomic
def note_late_shipping(consignment_id: int) -> None:
    """Write that goods did not leave in time, for both parties and customer service; harmless when they have left meanwhile."""
    order = lock(Order.objects.all(), consignments__pk=consignment_id)
    if not order.consignments.filter(pk=consignment_id, state="to_ship").exists():
        return
    value = ShippingLate(
        order_id=order.pk, no=order.no, consignment_id=consignment_id, proposer_id=order.proposer_id, responder_id=order.responder_id
    )
    record(value, actor=TIMER, subject=order, chains=order.chains)
