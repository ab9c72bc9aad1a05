"""From a proposal to agreed terms: one side drafts, the other confirms the hash of exactly what it read (decisions 2 and 14)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from accounts.models import Enterprise, Membership
from accounts.services import grant_own, partner_open, refuse_held
from catalog.models import Listing
from catalog.queries import what_changed
from catalog.rules import unit_price
from catalog.services import Wanted, reserve_stock
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, record, start_deadline
from kernel.timer import TIMER
from kernel.workdays import SHANGHAI

from .. import rules
from ..commission import charge, plain
from ..facts import OrderConfirmed, OrderProposed, ProposalEnded
from ..incoterms import Carriage
from ..models import Consignment, ConsignmentLine, Destination, Order, OrderLine, OrderUserObjectPermission, Tender
from ..negotiation_rules import far_off
from ..permissions import ANSWER_PROPOSAL, DECLINE, PROPOSE, WITHDRAW
from ..queries.commission import money_parts, rates_now
from ..queries.proposals import offers, refuse_unseen, trade_stick, traded_listings
from ..schedules import plain_stage, schedule_refusal
from ..worth import Yardstick
from .carriage import incoterm_rows, refuse_other_rates
from .ceilings import refuse_full_wallets
from .commitments import commit_to
from .destinations import destination_of, needed_by, sealed
from .funding import fund_if_held, locked_tenders
from .instalments import secure
from .unpaid import refuse_hoarding, refuse_payer


@transaction.atomic
def propose_order(
    partner_id: int, *, actor: Actor, lines: Sequence[rules.LineTerms], top_up: rules.TopUp | None, note: str, request_key: str,
    delivery: rules.DeliveryTerms | None = None, carriage: Carriage | None = None, seen_rates: str | None = None,
) -> Order:  # fmt: skip
    """Propose a trade to another enterprise; prices are the listings' own, whatever the form says.

    `delivery` is where the proposer wants its goods (None: at its registered address), `carriage` the Incoterms of both directions (None:
    what the listings say), `seen_rates` the exchange rates that were read. Raises Denied, NotFound (a listing that is not live), Refusal
    own_enterprise / related_parties / proposal_refused / destination_missing / rate_changed / incoterm_refused, and the codes of
    `rules.trade_findings`.
    """
    require(actor, PROPOSE)
    inputs = {"partner": partner_id, "lines": [asdict(line) for line in lines], "note": note, "top_up": str(top_up), "to": sealed(delivery)}
    if carriage:
        inputs["carriage"] = str(carriage)
    claim = claim_key(request_key, verb="orders.propose", actor=actor, inputs=inputs)
    if claim.result_id:
        return Order.objects.get(pk=claim.result_id)
    if refusal := rules.proposal_refusal(lines, top_up) or parts_refusal(top_up):
        raise Refusal("proposal_refused", refusal)
    mine, partner = _parties(actor, partner_id)
    listings, stick = _listings(lines, mine, partner, top_up)
    refuse_unseen(actor, listings.values())
    refuse_other_rates(stick, seen_rates)
    incoterms = incoterm_rows(mine, partner, listings, carriage)
    written = Written(note.strip(), delivery, stick, incoterms)
    order = draft_order(mine, partner, listings, lines, top_up, written, by=actor.user_id or 0)
    grant_own(OrderUserObjectPermission, order, actor=actor)
    agreed = [asdict(replace(line, seen_version=None)) for line in lines]  # which version was read is no part of what is agreed
    terms = rules.terms_hash({**inputs, "lines": agreed, "by": actor.user_id})  # of a proposal that does not exist before it may be sent
    commit_to(order, actor=actor, verb=PROPOSE, terms=terms, asked_for=f"orders.proposal:{terms[:40]}")
    start_deadline("orders.answer", order, chains=order.chains)
    value = OrderProposed(order_id=order.pk, no=order.no, proposer_id=mine.pk, responder_id=partner.pk, terms_hash=order.terms_hash)
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["", "proposed"]})
    claim.done(order.pk)
    return order


def _parties(actor: Actor, partner_id: int) -> tuple[Enterprise, Enterprise]:
    if partner_id == actor.enterprise_id:
        raise Refusal("own_enterprise", _("You cannot trade with your own enterprise."))
    partner_open(partner_id)  # it neither closes nor is frozen before this proposal stands
    partner = Enterprise.objects.get(pk=partner_id)
    refuse_held([partner_id])
    refuse_related(actor.party_id, partner_id)
    return Enterprise.objects.get(pk=actor.party_id), partner


def refuse_related(one_id: int, other_id: int) -> None:
    """Refuse a trade between two enterprises that share a person: a sale to oneself is no sale. Raises Refusal related_parties."""
    places = Membership.objects.filter(enterprise_id__in=[one_id, other_id], ended_at=None)
    if places.values("user").annotate(firms=Count("enterprise", distinct=True)).filter(firms__gt=1).exists():
        raise Refusal("related_parties", _("The two enterprises share a person. A trade needs two independent parties."))


def _listings(lines: Sequence[rules.LineTerms], mine: Enterprise, partner: Enterprise, top_up: rules.TopUp | None):
    found = traded_listings([line.listing_id for line in lines], (mine.pk, partner.pk))
    stick = trade_stick([found[line.listing_id].currency for line in lines], top_up)
    for finding in rules.trade_findings(lines, offers(lines, found, mine.pk), top_up, stick):
        raise Refusal(finding.code, finding.text, listing_id=finding.listing_id)
    return found, stick


@dataclass(frozen=True)
class Written:
    """What a proposal says besides goods and money: its words, where its goods go, the frozen rates, the Incoterms by giver."""

    note: str
    delivery: rules.DeliveryTerms | None
    stick: Yardstick
    incoterms: list[list]


def draft_order(mine, partner, listings, lines, top_up, written: Written, *, by: int, negotiated: bool = False) -> Order:
    """Write a proposal of `mine` to `partner` with its terms and their hash; `by` is the person who made the offer.

    Prices are the listings' own; only of `negotiated` lines they are what the lines say. Raises Refusal destination_missing /
    too_many_unpaid.
    """
    order = Order(
        no=_next_no(), proposer=mine, responder=partner, currency=written.stick.currency, note=written.note, created_at=now(),
        created_by_id=by, rates=written.stick.terms, incoterms=written.incoterms,
        proposer_name=mine.name, proposer_name_en=mine.name_en, proposer_registration_no=mine.registration_no,
        responder_name=partner.name, responder_name_en=partner.name_en, responder_registration_no=partner.registration_no,
    )  # fmt: skip
    rows = [
        line_of(order, listings[line.listing_id], line.quantity, line.seen_price_minor if negotiated else None) for line in lines
    ]  # fmt: skip
    order.payer_bp, order.payee_bp = rates_now()
    tenders = tenders_of(order, top_up)
    charge(tenders, order.payer_bp, order.payee_bp)
    for payer in {tender.payer_id for tender in tenders if tender.kind == "cash"}:
        refuse_payer(payer, acting=mine.pk)
    places = [destination_of(order, mine, written.delivery)] if needed_by(mine.pk, rows) else []
    order.terms_hash = rules.terms_hash(terms_of(order, rows, tenders, places))
    order.save(force_insert=True)
    parts: list[OrderLine | Tender | Destination] = [*rows, *tenders, *places]
    for part in parts:
        part.order = order
    OrderLine.objects.bulk_create(rows)
    Tender.objects.bulk_create(tenders)
    Destination.objects.bulk_create(places)
    return order


def _next_no() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_order_no')")
        return f"B{now().astimezone(SHANGHAI):%Y%m%d}-{cursor.fetchone()[0]:05d}"


def line_of(order: Order, listing: Listing, quantity: int, agreed_minor: int | None = None) -> OrderLine:
    """An unsaved line with its fair-value record: the listing's price, or that of the tier which the quantity reaches."""
    fair = unit_price(listing, quantity).minor
    price = fair if agreed_minor is None else agreed_minor
    return OrderLine(
        fair_method="listing_price" if fair == listing.price_minor else "tier_price",
        listing_version=listing.version, giver_id=listing.seller_id, listing=listing,
        title_zh=listing.title_zh or listing.title_en, title_en=listing.title_en,
        unit=listing.unit,
        quantity=quantity, unit_price_minor=price, amount_minor=price * quantity, currency=listing.currency, fair_unit_minor=fair,
    )  # fmt: skip


def tenders_of(order: Order, top_up: rules.TopUp | None) -> list[Tender]:
    """The unsaved money parts of an order; "me" is its proposer."""
    if top_up is None:
        return []
    return money_parts(top_up, me=order.proposer_id, other=order.responder_id)


def parts_refusal(top_up: rules.TopUp | None) -> str:
    """Why the parts in which the cash is to come cannot stand today."""
    found = schedule_refusal(top_up.parts, top_up.cash, today=now().astimezone(SHANGHAI).date()) if top_up else None
    return found[1] if found else ""


def terms_of(order: Order, lines: Sequence[OrderLine], tenders: Sequence[Tender], places: Sequence[Destination]) -> dict:
    """The terms as plain values in a fixed order: what is hashed, shown for confirmation and printed."""
    terms: dict = {
        "no": order.no,
        "parties": [[order.proposer_name, order.proposer_registration_no], [order.responder_name, order.responder_registration_no]],
        "lines": [
            [
                line.giver_id,
                line.listing_id,
                line.listing_version,
                line.title_zh,
                line.quantity,
                line.unit,
                line.unit_price_minor,
                line.currency,
            ]
            for line in lines
        ],
        "tenders": [[t.kind, t.payer_id, t.payee_id, t.amount_minor, t.currency, *plain_stage(t)] for t in tenders],
        "note": order.note,
    }
    if order.rates:
        terms |= {"account": order.currency, "rates": order.rates}
    if order.incoterms:
        terms["incoterms"] = order.incoterms
    if commission := plain(order.payer_bp, order.payee_bp, tenders):
        terms["commission"] = commission
    if order.version > 1:
        terms["version"] = order.version
    if places:  # orders from before destinations were asked for keep the hash they were confirmed with
        rows = sorted(places, key=lambda place: place.receiver_id)
        terms["destinations"] = [[p.receiver_id, p.address, p.contact_commitment, p.phone_commitment] for p in rows]
    return terms


def current_hash(order: Order) -> str:
    """The hash of an order's terms as they stand in the database now."""
    return rules.terms_hash(terms_of(order, list(order.lines.all()), list(order.tenders.all()), list(order.destinations.all())))


@transaction.atomic
def confirm_order(
    no: str, *, actor: Actor, terms_hash: str, request_key: str, delivery: rules.DeliveryTerms | None = None, acknowledged: bool = False
) -> Order:  # fmt: skip
    """Confirm the terms: stock is reserved on both sides, the credit part held, the cash part asked for.

    `terms_hash` is of what the responder read; where it gets goods it adds its `delivery` (None: its registered address), and the hash
    of the order is then over both. `acknowledged` says that prices far from the fair value were seen.
    Raises Denied own_proposal, Refusal terms_changed / price_far_off /
    stock_short / insufficient_funds, IllegalMove.
    """
    require(actor, ANSWER_PROPOSAL)
    inputs = {"no": no, "terms": terms_hash, "to": sealed(delivery)}
    claim = claim_key(request_key, verb="orders.confirm", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return order
    answerable_by(order, actor=actor)
    if terms_hash != order.terms_hash or order.terms_hash != current_hash(order):
        raise Refusal("terms_changed", _("The terms are not the ones you read. Nothing was confirmed; read them again."))
    refuse_far_off(order.lines.all(), acknowledged)
    _still_offered(order)
    refuse_related(*order.parties)
    if Enterprise.objects.verified().filter(pk__in=order.parties).count() != 2:
        raise Refusal("party_not_trading", _("One of the parties may not trade at the moment."))
    refuse_held(order.parties)
    refuse_hoarding(order, acting=actor.party_id)
    _agree(order, delivery, actor)
    commit_to(order, actor=actor, verb=ANSWER_PROPOSAL, terms=rules.terms_hash(inputs))
    value = OrderConfirmed(
        order_id=order.pk, no=order.no, proposer_id=order.proposer_id, responder_id=order.responder_id, terms_hash=order.terms_hash
    )
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["proposed", "confirmed"]})
    refuse_full_wallets(order.tenders.all())
    _secure_tenders(order, actor)
    fund_if_held(order, actor=actor)
    claim.done(order.pk)
    return order


def _agree(order: Order, delivery: rules.DeliveryTerms | None, actor: Actor) -> None:
    lines, agreed = list(order.lines.all()), order.terms_hash
    if order.state == "proposed" and needed_by(order.responder_id, lines):
        destination_of(order, order.responder, delivery).save(force_insert=True)
        agreed = current_hash(order)
    move(order, "confirm", confirmed_at=now(), confirmed_by_id=actor.user_id, terms_hash=agreed)
    meet_deadline("orders.answer", order)
    wanted = [
        Wanted(line.listing_id, Decimal(line.quantity), line.ref, order.no, buyer_id=order.other_party_id(line.giver_id)) for line in lines
    ]
    reserve_stock(wanted, actor=actor)
    for giver in sorted({line.giver_id for line in lines}):
        goods = Consignment.objects.create(order=order, giver_id=giver, receiver_id=order.other_party_id(giver))
        parts = [(line, line.quantity) for line in lines if line.giver_id == giver]
        ConsignmentLine.objects.bulk_create(
            [ConsignmentLine(consignment=goods, line=line, quantity=many, stock_ref=line.ref) for line, many in parts]
        )


def _still_offered(order: Order) -> None:
    agreed = {line.listing_id: line.listing_version for line in order.lines.all()}
    # No edit slips in before the commit.
    live = {row.pk: row for row in Listing.objects.select_for_update(no_key=True).filter(pk__in=agreed, state="live").order_by("pk")}
    if {pk: row.version for pk, row in live.items()} != agreed:
        raise Refusal("terms_changed", _changes_told(agreed, live))


def _changes_told(agreed: dict[int, int], live: dict[int, Listing]):
    """What is no longer as it was proposed, in words."""
    found = [f"“{row.title}”: {'; '.join(changed)}" for pk, row in live.items() if (changed := what_changed(row, agreed[pk]))]
    if not found or len(live) != len(agreed):
        return _("Goods of this proposal were changed or withdrawn since. Nothing was confirmed; ask for a new proposal.")
    text = _("Goods of this proposal were changed since: %(what)s. Nothing was confirmed; ask for a new proposal.")
    return text % {"what": " · ".join(found)}


def refuse_far_off(lines, acknowledged: bool) -> None:
    """Refuse prices far from the fair value until they are acknowledged; never for good. Raises Refusal price_far_off."""
    far = far_off(lines, settings.FAIR_VALUE_PERCENT)
    if far and not acknowledged:
        named = {"goods": ", ".join(str(line) for line in far), "percent": settings.FAIR_VALUE_PERCENT}
        text = _(
            "The price of “%(goods)s” lies more than %(percent)s%% from its fair value. If that is meant, tick the box and send again."
        )
        raise Refusal("price_far_off", text % named)


def answerable_by(order: Order, *, actor: Actor) -> None:
    """Refuse whoever is not the other party of a proposal; raises Denied own_proposal."""
    if order.responder_id != actor.enterprise_id:
        raise Denied("own_proposal", _("You proposed this trade; only the other party can answer it."))


def _secure_tenders(order: Order, actor: Actor) -> None:
    for tender in locked_tenders(order):
        secure(order, tender, actor=actor)


def _end_proposal(order: Order, name: str, actor, reason: str) -> None:
    move(order, name, ended_at=now(), end_reason=reason)
    cancel_deadlines(order)
    value = ProposalEnded(order_id=order.pk, no=order.no, move=name, proposer_id=order.proposer_id, responder_id=order.responder_id)
    record(value, actor=actor, subject=order, chains=order.chains, changes={"state": ["proposed", order.state]})


@transaction.atomic
def decline_order(no: str, *, actor: Actor, reason: str, request_key: str) -> Order:
    """Say no to a proposal; only the other party can."""
    require(actor, DECLINE)
    claim = claim_key(request_key, verb="orders.decline", actor=actor, inputs={"no": no, "reason": reason})
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return order
    answerable_by(order, actor=actor)
    _end_proposal(order, "decline", actor, reason.strip())
    claim.done(order.pk)
    return order


@transaction.atomic
def withdraw_order(no: str, *, actor: Actor, request_key: str) -> Order:
    """Take one's own proposal back before it is answered."""
    require(actor, WITHDRAW)
    claim = claim_key(request_key, verb="orders.withdraw", actor=actor, inputs={"no": no})
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return order
    if order.proposer_id != actor.enterprise_id:
        raise Denied("not_own_proposal", _("Only the party that proposed can withdraw."))
    _end_proposal(order, "withdraw", actor, "")
    claim.done(order.pk)
    return order


@transaction.atomic
def lapse_order(order_id: int) -> None:
    """Let a proposal that nobody answered lapse; harmless when it has been answered meanwhile."""
    order = lock(Order.objects.all(), pk=order_id)
    if order.state == "proposed":
        _end_proposal(order, "lapse", TIMER, "")
