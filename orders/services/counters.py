"""A proposal answered with changed terms instead of a yes or a no: from then on both sides bargain in rounds (B11)."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from accounts.models import Enterprise
from accounts.services import partner_open
from kernel.clock import now
from kernel.models import Deadline
from kernel.refusals import NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, hold_chains, lock, move, next_no, record

from ..facts import ProposalCountered
from ..models import Negotiation, Order, Round, RoundLine
from ..negotiation_rules import Offer
from ..permissions import QUOTE
from ..schedules import sum_of
from .proposals import answerable_by
from .quotations import add_round, inputs_of, round_hash
from .rfqs import named


@transaction.atomic
def counter_proposal(no: str, *, actor: Actor, offer: Offer, terms_hash: str, request_key: str, acknowledged: bool = False) -> Round:
    """Answer a proposal with changed terms: it ends, its terms stay as the first round, and these are the second.

    `terms_hash` is of the proposal that was read. Raises Denied own_proposal, NotFound, IllegalMove, Refusal terms_changed and those of
    `make_offer`.
    """
    require(actor, QUOTE)
    inputs = inputs_of(no, offer, terms=terms_hash)
    claim = claim_key(request_key, verb="orders.counter", actor=actor, inputs=inputs)
    if claim.result_id:
        return Round.objects.get(pk=claim.result_id)
    seen = Order.objects.own(actor).filter(no=no).first()
    if seen is None:
        raise NotFound()
    partner_open(seen.other_party_id(actor.party_id))
    order = lock(Order.objects.own(actor), no=no)
    answerable_by(order, actor=actor)
    Order.MACHINE.target(order.state, "decline")
    if terms_hash != order.terms_hash:
        raise Refusal("terms_changed", _("The terms are not the ones you read. Nothing was sent; read them again."))
    thread = _thread_of(order)
    made = add_round(thread, offer, actor=actor, inputs=inputs, acknowledged=acknowledged)
    hold_chains(set(order.chains))
    move(order, "decline", ended_at=now(), end_reason="")
    cancel_deadlines(order)
    value = ProposalCountered(
        order_id=order.pk, no=order.no, negotiation_no=thread.no, by_id=actor.party_id, to_id=order.other_party_id(actor.party_id)
    )
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["proposed", "declined"]})
    claim.done(made.pk)
    return made


def _thread_of(order: Order) -> Negotiation:
    """The thread of a proposal, its own terms as the first round."""
    firms = Enterprise.objects.in_bulk(list(order.parties))
    thread = Negotiation.objects.create(
        no=next_no("N", sequence="orders_negotiation_no"), source=order, currency=order.currency, turn_id=order.responder_id, state="open",
        rounds_made=1, created_at=order.created_at, last_at=order.created_at,
        **named(firms[order.proposer_id], firms[order.responder_id]),
    )  # fmt: skip
    clock = Deadline.objects.filter(subject_type="orders.order", subject_id=str(order.pk), policy="orders.answer").first()
    tenders = list(order.tenders.all())
    payer = next((tender.payer_id for tender in tenders), None)
    place = order.destinations.filter(receiver_id=order.proposer_id).first()
    first = Round(
        negotiation=thread, number=1, by_id=order.proposer_id, made_at=order.created_at, made_by_id=order.created_by_id,
        valid_until=clock.due_at if clock else now(), payer_id=payer, note=order.note,
        currency=next((t.currency for t in tenders if t.kind == "cash"), order.currency), rates=order.rates, incoterms=order.incoterms,
        credit_minor=sum_of(tenders, "credit"), cash_minor=sum_of(tenders, "cash"), address=place.address if place else "",
    )  # fmt: skip
    names = (
        "giver_id", "listing_id", "listing_version", "title_zh", "title_en", "unit", "quantity", "unit_price_minor", "amount_minor",
        "currency", "fair_method", "fair_unit_minor",
    )  # fmt: skip
    lines = [RoundLine(**{name: getattr(line, name) for name in names}) for line in order.lines.all()]
    first.terms_hash = round_hash(thread, first, lines)
    first.save(force_insert=True)
    for line in lines:
        line.round = first
    RoundLine.objects.bulk_create(lines)
    return lock(Negotiation.objects.all(), pk=thread.pk)
