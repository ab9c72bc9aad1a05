"""Quotations and counter-offers, round by round; the acceptance that makes them a proposal (B11, decisions 2 and 14, ADR 0020)."""

from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from accounts.models import Enterprise
from accounts.services import grant_own, limits, partner_open, refuse_held
from catalog.models import Listing
from kernel.clock import now
from kernel.money import CREDIT, Money
from kernel.refusals import Denied, IllegalMove, NotFound, Refusal
from kernel.services import cancel_deadlines, claim_key, hold_chains, lock, lock_all, move, record, start_deadline
from kernel.timer import TIMER

from .. import rules
from ..facts import OfferAccepted, RoundMade
from ..models import Negotiation, Order, OrderUserObjectPermission, Rfq, Round, RoundLine
from ..negotiation_rules import ROUNDS_MOST, Offer, offer_refusal
from ..permissions import ACCEPT_QUOTATION, END_NEGOTIATION, QUOTE
from ..queries.proposals import negotiated, offers, refuse_unseen, trade_stick, traded_listings
from ..states import NEGOTIATION_OPEN
from ..worth import Yardstick, frozen
from .carriage import incoterm_rows
from .proposals import Written, draft_order, line_of, refuse_far_off, refuse_related
from .rfqs import end_rfq, end_rfq_if_done, end_thread, locked_threads


def inputs_of(no: str, offer: Offer, **more) -> dict:
    """What a request key of an offer stands for."""
    lines = [asdict(line) for line in offer.lines]
    plain = {name: str(value) for name, value in asdict(offer).items() if name != "lines"}
    return {"no": no, "lines": lines, **plain, **more}


def locked_thread(no: str, *, actor: Actor) -> tuple[Rfq | None, Negotiation]:
    """Lock a thread of the actor's enterprise and, before it, the request it belongs to; the other side is open to trade.

    Raises NotFound, and what `partner_open` raises.
    """
    seen = Negotiation.objects.own(actor).filter(no=no).first()
    if seen is None:
        raise NotFound()
    partner_open(seen.other_party_id(actor.party_id))
    rfq = lock(Rfq.objects.all(), pk=seen.rfq_id) if seen.rfq_id else None
    return rfq, lock(Negotiation.objects.own(actor), no=no)


@transaction.atomic
def make_offer(no: str, *, actor: Actor, offer: Offer, seen_round: int, request_key: str, acknowledged: bool = False) -> Round:
    """Quote, counter, or replace one's own last offer; `seen_round` is the last one the author read.

    Raises Denied, NotFound, IllegalMove, Refusal round_changed / answers_closed / rounds_used_up / offer_refused (with the field) /
    price_far_off / approval_needed and the codes of `rules.trade_findings`.
    """
    require(actor, QUOTE)
    inputs = inputs_of(no, offer, seen=seen_round)
    claim = claim_key(request_key, verb="orders.make_offer", actor=actor, inputs=inputs)
    if claim.result_id:
        return Round.objects.get(pk=claim.result_id)
    rfq, thread = locked_thread(no, actor=actor)
    _refuse_turn(rfq, thread, actor, seen_round)
    made = add_round(thread, offer, actor=actor, inputs=inputs, acknowledged=acknowledged)
    claim.done(made.pk)
    return made


def _refuse_turn(rfq: Rfq | None, thread: Negotiation, actor: Actor, seen_round: int) -> None:
    if thread.state not in NEGOTIATION_OPEN:
        raise IllegalMove("orders.negotiation", thread.state, "quote")
    if seen_round != thread.rounds_made:
        raise Refusal("round_changed", _("A new offer has come since you opened this page. Nothing was sent; read it first."))
    if thread.state == "asked" and actor.enterprise_id != thread.seller_id:
        raise Denied("not_asked", _("The seller quotes first; you may answer its quotation."))
    if thread.state == "asked" and rfq is not None and rfq.answer_by <= now():
        raise Refusal("answers_closed", _("The time to quote is over."))
    if thread.rounds_made >= ROUNDS_MOST:
        raise Refusal("rounds_used_up", _("This negotiation has had %(n)s rounds, which is the most.") % {"n": ROUNDS_MOST})


def add_round(thread: Negotiation, offer: Offer, *, actor: Actor, inputs: dict, acknowledged: bool) -> Round:
    """Write the next round of a locked thread, count it against the author's limits, and set the clock of its validity."""
    me, other = actor.party_id, thread.other_party_id(actor.party_id)
    refuse_held([other])
    refuse_related(me, other)
    listings, lines, stick = checked_lines(offer, thread.currency, other, actor=actor)
    refuse_far_off(lines, acknowledged)
    before = Round.objects.filter(negotiation=thread).order_by("-number").first()
    firms = Enterprise.objects.in_bulk([me, other])
    made = Round(
        negotiation=thread, rates=stick.terms, incoterms=incoterm_rows(firms[me], firms[other], listings, offer.carriage),
        number=thread.rounds_made + 1, by_id=me, made_at=now(), made_by_id=actor.user_id or 0,
        valid_until=offer.valid_until, payer_id=_payer(offer, me, other), credit_minor=offer.credit.minor, cash_minor=offer.cash.minor,
        currency=offer.cash.currency, lead_days=offer.lead_days, deliver_by=offer.deliver_by, note=offer.note.strip(),
        address=offer.address.strip(),
    )  # fmt: skip
    made.terms_hash = round_hash(thread, made, lines)
    made.save(force_insert=True)
    for line in lines:
        line.round = made
    RoundLine.objects.bulk_create(lines)
    _commit(thread, made, lines, actor=actor, terms=rules.terms_hash({**inputs, "by": actor.user_id}))
    state = thread.state
    changes = {"turn_id": other, "rounds_made": made.number, "last_at": made.made_at}
    if state == "asked":
        move(thread, "quote", **changes)
    else:
        Negotiation.objects.filter(pk=thread.pk).update(**changes)
    cancel_deadlines(thread)
    start_deadline("orders.quotation", thread, chains=thread.chains, at=made.valid_until)
    value = RoundMade(
        negotiation_id=thread.pk, no=thread.no, number=made.number, round_id=made.pk, replaced_id=before.pk if before else None, by_id=me,
        to_id=other, terms_hash=made.terms_hash,
    )  # fmt: skip
    record(value, actor=actor, subject=thread, chains=thread.chains, changes={"state": [state, thread.state]} if state == "asked" else None)
    return made


def _payer(offer: Offer, me: int, other: int) -> int | None:
    return {"me": me, "them": other}.get(offer.payer) if offer.credit or offer.cash else None


def checked_lines(offer: Offer, currency: str, other_id: int, *, actor: Actor):
    """The goods and unsaved lines of an offer and what weighs them, when its terms can stand; raises the refusals of `make_offer`."""
    if refusal := offer_refusal(offer, now=now()):
        raise Refusal("offer_refused", refusal[1], field=refusal[0])
    terms = [rules.LineTerms(line.listing_id, line.quantity, line.price_minor) for line in offer.lines]
    top_up = rules.TopUp(offer.payer, offer.credit, offer.cash) if offer.payer and (offer.credit or offer.cash) else None
    listings, stick = standing_listings(terms, top_up, currency, actor.party_id, other_id)
    refuse_unseen(actor, listings.values())
    return listings, [_round_line(listings[line.listing_id], line) for line in terms], stick


def standing_listings(
    terms, top_up, currency: str, me: int, other_id: int, stick: Yardstick | None = None
) -> tuple[dict[int, Listing], Yardstick]:  # fmt: skip
    """The goods of negotiated terms and what weighs them (`stick`: the rates agreed on), when they can stand now.

    Raises Refusal with the first finding.
    """
    if refusal := rules.proposal_refusal(terms, top_up):
        raise Refusal("proposal_refused", refusal)
    listings = traded_listings([line.listing_id for line in terms], (me, other_id))
    stick = stick or trade_stick([listings[line.listing_id].currency for line in terms], top_up, currency)
    goods = offers(terms, listings, me)
    goods = {line.listing_id: negotiated(line, goods[line.listing_id]) for line in terms}
    for finding in rules.trade_findings(terms, goods, top_up, stick):
        raise Refusal(finding.code, finding.text, listing_id=finding.listing_id)
    return listings, stick


def _round_line(listing: Listing, line: rules.LineTerms) -> RoundLine:
    made = line_of(Order(currency=listing.currency), listing, line.quantity, line.seen_price_minor)
    names = (
        "giver_id", "listing_id", "listing_version", "title_zh", "title_en", "unit", "quantity", "unit_price_minor", "amount_minor",
        "currency", "fair_method", "fair_unit_minor",
    )  # fmt: skip
    return RoundLine(**{name: getattr(made, name) for name in names})


def round_hash(thread: Negotiation, made: Round, lines: list[RoundLine]) -> str:
    """The hash over everything a round says: whoever accepts sends it back (P31)."""
    abroad = {"account": thread.currency, "rates": made.rates} if made.rates else {}
    abroad |= {"incoterms": made.incoterms} if made.incoterms else {}
    return rules.terms_hash(
        {
            **abroad,
            "no": thread.no, "round": made.number, "by": made.by_id,
            "lines": [[x.giver_id, x.listing_id, x.listing_version, x.quantity, x.unit, x.unit_price_minor, x.currency] for x in lines],
            "money": [made.payer_id, made.credit_minor, made.cash_minor, made.currency],
            "rest": [made.lead_days, str(made.deliver_by or ""), made.address, made.note, made.valid_until.isoformat()],
        }
    )  # fmt: skip


def _commit(thread: Negotiation, made: Round, lines: list[RoundLine], *, actor: Actor, terms: str) -> None:
    """An offer binds its side until it is answered or runs out, so it counts against the author's limits like a proposal (B10)."""
    given = [(line.giver_id, Money(line.amount_minor, line.currency)) for line in lines]
    if made.payer_id:
        given += [(made.payer_id, made.credit), (made.payer_id, made.cash)]
    amount = rules.heavier_side(given, frozen(thread.currency, made.rates))
    limits.commit(
        actor=actor, verb=QUOTE, subject=made.ref, terms=terms, amount=amount, asked_for=f"orders.round:{terms[:40]}", chains=thread.chains
    )


@transaction.atomic
def accept_offer(no: str, *, actor: Actor, number: int, terms_hash: str, request_key: str) -> Order:
    """Accept the other side's last offer: its terms become a proposal by whoever made it, which the acceptor then confirms (decision 14).

    Every other quotation of the same request is told that it was not chosen. Raises Denied own_offer, NotFound, IllegalMove, Refusal
    terms_changed / offer_expired / goods_changed / stock_short / too_many_unpaid.
    """
    require(actor, ACCEPT_QUOTATION)
    inputs = {"no": no, "number": number, "terms": terms_hash}
    claim = claim_key(request_key, verb="orders.accept_offer", actor=actor, inputs=inputs)
    if claim.result_id:
        return Order.objects.get(pk=claim.result_id)
    rfq, thread = locked_thread(no, actor=actor)
    last = _acceptable(rfq, thread, actor, number, terms_hash)
    order = _order_of(thread, last, actor)
    grant_own(OrderUserObjectPermission, order, actor=actor)
    rest = [other for other in locked_threads(rfq) if other.pk != thread.pk] if rfq else []
    hold_chains({chain for one in [thread, *rest] for chain in one.chains})
    thread = lock(Negotiation.objects.all(), pk=thread.pk)
    move(thread, "agree", ended_at=now(), order=order)
    cancel_deadlines(thread)
    start_deadline("orders.answer", order, chains=order.chains)
    value = OfferAccepted(
        negotiation_id=thread.pk, no=thread.no, number=last.number, order_no=order.no, by_id=actor.party_id, to_id=last.by_id
    )
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["", "proposed"]})
    if rfq is not None:
        end_rfq(rfq, "choose", actor=actor)
    for other in rest:
        end_thread(other, "pass_over", actor=actor)
    claim.done(order.pk)
    return order


def _acceptable(rfq: Rfq | None, thread: Negotiation, actor: Actor, number: int, terms_hash: str) -> Round:
    if rfq is not None and rfq.state != "open" and thread.state in NEGOTIATION_OPEN:
        raise IllegalMove("orders.rfq", rfq.state, "choose")
    Negotiation.MACHINE.target(thread.state, "agree")
    last = Round.objects.get(negotiation=thread, number=thread.rounds_made)
    if last.by_id == actor.enterprise_id:
        raise Denied("own_offer", _("You made this offer; only the other side can accept it."))
    if (last.number, last.terms_hash) != (number, terms_hash):
        raise Refusal("terms_changed", _("The terms are not the ones you read. Nothing was accepted; read them again."))
    if last.valid_until <= now():
        raise Refusal("offer_expired", _("This offer has run out, so it can no longer be accepted. Ask for a new one."))
    return last


def _order_of(thread: Negotiation, last: Round, actor: Actor) -> Order:
    maker, acceptor = Enterprise.objects.get(pk=last.by_id), Enterprise.objects.get(pk=actor.party_id)
    refuse_held([maker.pk])
    refuse_related(maker.pk, acceptor.pk)
    lines = [
        rules.LineTerms(line.listing_id, line.quantity, line.unit_price_minor, line.listing_version) for line in last.lines.all()
    ]  # fmt: skip
    top_up = None
    if last.payer_id:
        top_up = rules.TopUp("me" if last.payer_id == maker.pk else "them", Money(last.credit_minor, CREDIT), last.cash)
    agreed = frozen(thread.currency, last.rates)  # the rates of the round that is accepted, whatever newer ones there are
    listings, stick = standing_listings(lines, top_up, thread.currency, maker.pk, acceptor.pk, agreed)
    refuse_unseen(actor, listings.values())
    written = Written(words_of(last), rules.DeliveryTerms(address=last.address, phone=maker.phone), stick, last.incoterms)
    return draft_order(maker, acceptor, listings, lines, top_up, written, by=last.made_by_id, negotiated=True)


def words_of(last: Round) -> str:
    """The words of an order that comes of a round: its dates in both languages, then what was written."""
    rows = []
    if last.lead_days is not None:
        rows.append(f"交货期 / lead time: {last.lead_days} 天 / days")
    if last.deliver_by:
        rows.append(f"最迟交货 / delivery by: {last.deliver_by.isoformat()}")
    return "\n".join([*rows, last.note]).strip()


@transaction.atomic
def end_negotiation(no: str, *, actor: Actor, reason: str, request_key: str) -> Negotiation:
    """Decline what the other side asks or offers, or take one's own request or offer back. Raises Denied, NotFound, IllegalMove."""
    require(actor, END_NEGOTIATION)
    claim = claim_key(request_key, verb="orders.end_negotiation", actor=actor, inputs={"no": no, "reason": reason})
    seen = Negotiation.objects.own(actor).filter(no=no).first()
    if seen is None:
        raise NotFound()
    rfq = lock(Rfq.objects.all(), pk=seen.rfq_id) if seen.rfq_id else None
    thread = lock(Negotiation.objects.own(actor), no=no)
    if claim.result_id:
        return thread
    name = "decline" if thread.turn_id == actor.enterprise_id else "withdraw"
    hold_chains(set(thread.chains))
    end_thread(thread, name, actor=actor, by_id=actor.party_id, reason=reason.strip())
    end_rfq_if_done(rfq, actor=actor)
    claim.done(thread.pk)
    return thread


@transaction.atomic
def expire_offer(negotiation_id: int) -> None:
    """Let a thread end whose last offer has run out; harmless when it has been answered meanwhile."""
    seen = Negotiation.objects.get(pk=negotiation_id)
    rfq = lock(Rfq.objects.all(), pk=seen.rfq_id) if seen.rfq_id else None
    thread = lock_all(Negotiation.objects.all(), [negotiation_id])[0]
    if thread.state != "open":
        return
    last = Round.objects.get(negotiation=thread, number=thread.rounds_made)
    if last.valid_until > now():
        return
    hold_chains(set(thread.chains))
    end_thread(thread, "expire", actor=TIMER)
    end_rfq_if_done(rfq, actor=TIMER)
