"""Changed terms of a running order: one side proposes the next version, the other confirms its hash, the first stays readable (H25)."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from catalog.models import Listing
from kernel.clock import now
from kernel.money import CREDIT, MAX_MINOR
from kernel.refusals import Denied, NotFound, Refusal
from kernel.registries import AMENDMENT_BLOCKERS
from kernel.services import cancel_deadlines, claim_key, lock, meet_deadline, move, record, start_deadline
from kernel.timer import TIMER

from .. import rules
from ..commission import charge
from ..facts import AmendmentConfirmed, AmendmentEnded, AmendmentProposed
from ..models import Amendment, Destination, Order, OrderLine, Refund, Tender
from ..negotiation_rules import Change, NewLine, amendment_refusal, gone_refusal
from ..permissions import ANSWER_AMENDMENT, PROPOSE_AMENDMENT
from ..queries.part_refunds import part_refunded
from ..queries.proposals import refuse_unseen, traded_listings
from ..schedules import cash_parts, plain_money_part, rescaled, stage_of
from ..states import REFUND_OPEN
from ..worth import yardstick_of
from .commitments import commit_to
from .frozen import frozen_parties
from .parts import gone_of
from .proposals import line_of, refuse_far_off, terms_of
from .versions import apply_version, refuse_money_change

GOODS = (
    "listing_id", "giver_id", "listing_version", "title_zh", "title_en", "unit", "quantity", "unit_price_minor", "fair_method",
    "fair_unit_minor", "currency",
)  # fmt: skip


NO_RATE = _("This order was made without an exchange rate for %(currency)s, and its rates stay as agreed. Make a second order for it.")


@dataclass
class Edition:
    """The terms of a version that is not in force yet: what stays of the one before, and the rows that are new."""

    order: Order  # a copy with the version and the words of this edition
    kept: list[OrderLine]
    ended: list[OrderLine]
    added: list[OrderLine]
    tenders: list[Tender]
    places: list[Destination]
    new_place: Destination | None = None

    @property
    def lines(self) -> list[OrderLine]:
        return [*self.kept, *self.added]

    @property
    def hash(self) -> str:
        return rules.terms_hash(terms_of(self.order, self.lines, self.tenders, self.places))


@transaction.atomic
def propose_amendment(
    no: str, *, actor: Actor, change: Change, seen_hash: str, request_key: str, acknowledged: bool = False
) -> Amendment:  # fmt: skip
    """Propose the next version of a running order's terms; nothing changes until the other side confirms it.

    `seen_hash` is of the version that was read. Raises Denied, NotFound, Refusal terms_changed / amendment_open / amendment_refused /
    nothing_changed / reason_missing / price_far_off / cash_held / approval_needed and codes of the trade's rules.
    """
    require(actor, PROPOSE_AMENDMENT)
    inputs = {"no": no, "seen": seen_hash, **{name: str(value) for name, value in asdict(change).items()}}
    claim = claim_key(request_key, verb="orders.propose_amendment", actor=actor, inputs=inputs)
    if claim.result_id:
        return Amendment.objects.get(pk=claim.result_id)
    frozen = frozen_parties(Order.objects.own(actor).filter(no=no))
    order = lock(Order.objects.own(actor), no=no)
    if seen_hash != order.terms_hash:
        raise Refusal("terms_changed", _("The terms are not the ones you read. Nothing was sent; read them again."))
    if not change.reason.strip():
        raise Refusal("reason_missing", _("Say why: the other party decides on your reason."))
    if order.amendments.filter(state="proposed").exists():
        raise Refusal("amendment_open", _("A change of this order waits for an answer. Settle it before you propose another."))
    edition = _edition(order, actor, change)
    _refuse_now(order, edition, frozen)
    refuse_far_off(edition.added, acknowledged)
    if edition.hash == _unversioned(order, edition):
        raise Refusal("nothing_changed", _("Nothing differs from the terms in force."))
    amendment = Amendment.objects.create(
        order=order, version=order.version + 1, by_id=actor.party_id, base_hash=order.terms_hash, terms_hash=edition.hash,
        lines=_plain_lines(edition), tenders=[list(plain_money_part(t)) for t in edition.tenders],
        note=edition.order.note, old_note=order.note, address=change.address.strip(), reason=change.reason.strip(), created_at=now(),
        created_by_id=actor.user_id or 0,
    )  # fmt: skip
    terms = rules.terms_hash({**inputs, "by": actor.user_id})
    commit_to(
        order, actor=actor, verb=PROPOSE_AMENDMENT, terms=terms, subject=amendment.ref, asked_for=f"orders.amendment:{terms[:40]}",
        lines=edition.lines, tenders=edition.tenders,
    )  # fmt: skip
    start_deadline("orders.amendment", amendment, chains=order.chains)
    value = AmendmentProposed(
        order_id=order.pk, no=order.no, amendment_id=amendment.pk, version=amendment.version, by_id=actor.party_id,
        to_id=order.other_party_id(actor.party_id), terms_hash=amendment.terms_hash,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains)
    claim.done(amendment.pk)
    return amendment


def _unversioned(order: Order, edition: Edition) -> str:
    """What the hash of the new edition would be if its terms were those in force."""
    same = copy(order)
    same.version = edition.order.version
    return rules.terms_hash(terms_of(same, list(order.lines.all()), list(order.tenders.all()), list(order.destinations.all())))


def _plain_lines(edition: Edition) -> list[list]:
    """The lines as the amendment keeps them: the kept ones by id, then the new ones, each with the id it goes on from."""
    old = {line.listing_id: line.pk for line in edition.ended}
    kept = [[line.pk, *(getattr(line, name) for name in GOODS)] for line in edition.kept]
    return kept + [[old.get(line.listing_id), *(getattr(line, name) for name in GOODS)] for line in edition.added]


def _edition(order: Order, actor: Actor, change: Change) -> Edition:
    """The edition that a change makes of a locked order; raises what keeps its terms from standing."""
    current = {line.pk: line for line in order.lines.all()}
    if any(line.line_id is not None and line.line_id not in current for line in change.lines):
        raise NotFound()
    made = copy(order)
    made.version, made.note = order.version + 1, change.note.strip()
    kept, added, staying = [], [], set()
    fresh = _fresh_goods(order, actor, change)
    for line in change.lines:
        old = current.get(line.line_id or 0)
        if old is not None and (old.quantity, old.unit_price_minor) == (line.quantity, line.price_minor):
            kept.append(old)
            staying.add(old.pk)
        else:
            added.append(_next_line(order, old, line) if old else line_of(order, fresh[line.listing_id], line.quantity, line.price_minor))
    ended = [line for pk, line in current.items() if pk not in staying]
    _refuse_numbers([*kept, *added])
    for goods in added:
        goods.order = order
    edition = Edition(made, sorted(kept, key=lambda line: line.pk), ended, added, _money(order, actor, change), [])
    edition.new_place = _new_place(order, actor.party_id, change.address.strip())
    moved = edition.new_place.receiver_id if edition.new_place else 0
    places = [place for place in order.destinations.all() if place.receiver_id != moved]
    edition.places = [*places, edition.new_place] if edition.new_place else places
    _refuse_imbalance(order, actor, edition, change)
    return edition


def _fresh_goods(order: Order, actor: Actor, change: Change) -> dict[int, Listing]:
    new = [line.listing_id for line in change.lines if line.line_id is None]
    goods = traded_listings(new, order.parties) if new else {}
    if foreign := yardstick_of(order).missing(listing.currency for listing in goods.values()):
        raise Refusal("rate_missing", NO_RATE % {"currency": foreign[0]})
    refuse_unseen(actor, goods.values())
    return goods


def _next_line(order: Order, old: OrderLine, line: NewLine) -> OrderLine:
    """The same goods in another quantity or at another price; what they are and what they were worth stays as it was agreed."""
    made = OrderLine(**{name: getattr(old, name) for name in GOODS})
    made.quantity, made.unit_price_minor, made.amount_minor = line.quantity, line.price_minor, line.quantity * line.price_minor
    return made


def _refuse_numbers(lines: list[OrderLine]) -> None:
    if not 0 < len(lines) <= rules.MAX_LINES or len({line.listing_id for line in lines}) != len(lines):
        raise Refusal("proposal_refused", _("Name each good once, at most 20 lines."))
    if any(not 0 < line.quantity <= rules.MAX_QUANTITY or line.unit_price_minor <= 0 for line in lines):
        raise Refusal("proposal_refused", _("Quantities are whole numbers above zero, and every line needs a price above zero."))
    if any(line.amount_minor > MAX_MINOR for line in lines):
        raise Refusal("amount_too_large", _("The value of a line is beyond what this market handles."))


def _money(order: Order, actor: Actor, change: Change) -> list[Tender]:
    """The money parts of the new edition: those that stay as they are, then the new ones."""
    me = actor.party_id
    payer = {"me": me, "them": order.other_party_id(me)}.get(change.payer)
    if (change.credit.minor or change.cash.minor) and payer is None:
        raise Refusal("proposal_refused", _("Say who adds the money."))
    stick = yardstick_of(order)
    if change.credit.minor and not stick.knows("CNY"):
        raise Refusal("credit_not_yuan", _("Barter credit counts in yuan, so it can only balance goods priced in yuan."))
    if not stick.knows(change.cash.currency):
        raise Refusal("rate_missing", NO_RATE % {"currency": change.cash.currency})
    wanted = [("credit", payer, change.credit.minor, CREDIT)] if change.credit.minor else []
    wanted += rescaled(cash_parts(order.tenders.all()), payer or 0, change.cash.minor, change.cash.currency)
    return _tenders(order, wanted)


def _tenders(order: Order, wanted: Iterable[Sequence]) -> list[Tender]:
    """The money parts of an edition from plain values: those in force that stay, then the new ones, unsaved."""
    rows = {tuple(row) for row in wanted}
    kept = [tender for tender in order.tenders.all() if plain_money_part(tender) in rows]
    made = [
        Tender(
            order=order, kind=kind, payer_id=who, payee_id=order.other_party_id(who), amount_minor=minor, currency=currency,
            **stage_of(stage),
        )
        for kind, who, minor, currency, *stage in sorted(rows - {plain_money_part(tender) for tender in kept}, key=str)
    ]  # fmt: skip
    charge([*kept, *made], order.payer_bp, order.payee_bp)
    return [*kept, *made]


def _new_place(order: Order, receiver_id: int, address: str) -> Destination | None:
    """Where the proposing side wants its goods from now on; who receives them there stays as it was."""
    old = next((place for place in order.destinations.all() if place.receiver_id == receiver_id), None)
    if not address or old is None or old.address == address:
        return None
    names = ("receiver_id", "contact_id", "contact_commitment", "phone_id", "phone_commitment")
    return Destination(order=order, address=address, created_at=now(), **{name: getattr(old, name) for name in names})


def _refuse_imbalance(order: Order, actor: Actor, edition: Edition, change: Change) -> None:
    me, stick = actor.party_id, yardstick_of(order)
    given, got = (stick.worth(line.amount for line in edition.lines if (line.giver_id == me) == mine).minor for mine in (True, False))
    top_up = rules.TopUp(change.payer, change.credit, change.cash) if change.payer and (change.credit or change.cash) else None
    if refusal := rules.gift_refusal(given, got, top_up) or rules.top_up_refusal(given, got, top_up, stick):
        raise Refusal("top_up_refused", refusal)


def _refuse_now(order: Order, edition: Edition, frozen: set[int]) -> None:
    """Refuse what the state of the order does not allow: shipped goods, an open refund, dispute or freeze, cash that is held."""
    sent, gone = gone_of(order)
    moved = {edition.order.other_party_id(edition.new_place.receiver_id)} if edition.new_place else set()
    sent |= moved & {line.giver_id for line in order.lines.all() if line.pk in gone}  # where goods have gone to is no longer changed
    changed = frozenset({line.giver_id for line in [*edition.ended, *edition.added]} | moved)
    text = amendment_refusal(
        order.state, sent=sorted(sent), givers=_counted(order.lines.all()), kept=_counted(edition.lines), changed_givers=changed,
        frozen=bool(frozen), refund=Refund.objects.filter(order=order, state__in=REFUND_OPEN).exists(), blocked=_blocked(order),
    ) or gone_refusal(edition.ended, edition.added, gone)  # fmt: skip
    if not text and part_refunded(order):
        text = _("A part of this order was refunded, so its terms stay as they are. Make a second order for anything else.")
    if text:
        raise Refusal("amendment_refused", text)
    refuse_money_change(order, edition.tenders)


def _counted(lines) -> dict[int, int]:
    counts: dict[int, int] = {}
    for line in lines:
        counts[line.giver_id] = counts.get(line.giver_id, 0) + 1
    return counts


def _blocked(order: Order) -> str:
    return next((str(text) for ask in AMENDMENT_BLOCKERS.values() if (text := ask(order.pk))), "")


@transaction.atomic
def confirm_amendment(
    no: str, amendment_id: int, *, actor: Actor, terms_hash: str, request_key: str, acknowledged: bool = False
) -> Amendment:  # fmt: skip
    """Confirm the changed terms: lines, stock, money and words become those of the new version; the old one stays readable.

    Raises Denied own_amendment, NotFound, IllegalMove, Refusal terms_changed / amendment_refused / price_far_off / stock_short /
    insufficient_funds / cash_held / approval_needed.
    """
    require(actor, ANSWER_AMENDMENT)
    inputs = {"no": no, "amendment": amendment_id, "terms": terms_hash}
    claim = claim_key(request_key, verb="orders.confirm_amendment", actor=actor, inputs=inputs)
    frozen = frozen_parties(Order.objects.own(actor).filter(no=no))
    order = lock(Order.objects.own(actor), no=no)
    amendment = lock(Amendment.objects.filter(order=order), pk=amendment_id)
    if claim.result_id:
        return amendment
    if amendment.by_id == actor.enterprise_id:
        raise Denied("own_amendment", _("You proposed this change; only the other party can confirm it."))
    Amendment.MACHINE.target(amendment.state, "confirm")
    edition = edition_of(order, amendment)
    if terms_hash != amendment.terms_hash or amendment.base_hash != order.terms_hash or edition.hash != amendment.terms_hash:
        raise Refusal("terms_changed", _("The terms are not the ones you read. Nothing was confirmed; read them again."))
    _refuse_now(order, edition, frozen)
    refuse_far_off(edition.added, acknowledged)
    apply_version(order, edition, actor=actor, before_news=lambda: _agree(order, amendment, edition, actor, inputs))
    claim.done(amendment.pk)
    return amendment


def _agree(order: Order, amendment: Amendment, edition: Edition, actor: Actor, inputs: dict) -> None:
    """Count the new version against the limits of whoever confirms it, and tell: after stock and escrows, before accounts are locked."""
    commit_to(
        order, actor=actor, verb=ANSWER_AMENDMENT, terms=rules.terms_hash(inputs), subject=amendment.ref, lines=edition.lines,
        tenders=edition.tenders,
    )  # fmt: skip
    move(amendment, "confirm", answered_at=now(), answered_by_id=actor.user_id)
    meet_deadline("orders.amendment", amendment)
    value = AmendmentConfirmed(
        order_id=order.pk, no=order.no, amendment_id=amendment.pk, version=amendment.version, by_id=actor.party_id, to_id=amendment.by_id,
        terms_hash=amendment.terms_hash,
    )  # fmt: skip
    changes = {"version": [order.version - 1, order.version], "terms_hash": [amendment.base_hash, amendment.terms_hash]}
    record(value, actor=actor, subject=order, chains=order.chains, changes=changes)


def edition_of(order: Order, amendment: Amendment) -> Edition:
    """The edition that a kept amendment describes, built on a locked order."""
    current = {line.pk: line for line in order.lines.all()}
    made = copy(order)
    made.version, made.note = amendment.version, amendment.note
    kept, added = [], []
    for line_id, *values in amendment.lines:
        goods = {"currency": order.currency, **dict(zip(GOODS, values, strict=False))}  # changes of before M41 say none
        old = current.get(line_id or 0)
        if old is not None and (old.quantity, old.unit_price_minor) == (goods["quantity"], goods["unit_price_minor"]):
            kept.append(old)
        else:
            amount = goods["quantity"] * goods["unit_price_minor"]
            added.append(OrderLine(order=order, **goods, amount_minor=amount))
    ended = [line for line in current.values() if line not in kept]
    place = _new_place(order, amendment.by_id, amendment.address)
    places = [row for row in order.destinations.all() if place is None or row.receiver_id != place.receiver_id]
    return Edition(made, kept, ended, added, _tenders(order, amendment.tenders), [*places, place] if place else places, place)


@transaction.atomic
def end_amendment(no: str, amendment_id: int, *, actor: Actor, answer: str, request_key: str) -> Amendment:
    """Decline a change of the other side, or take one's own back; the terms stay as they are. Raises Denied, NotFound, IllegalMove."""
    require(actor, ANSWER_AMENDMENT)
    inputs = {"no": no, "amendment": amendment_id, "answer": answer}
    claim = claim_key(request_key, verb="orders.end_amendment", actor=actor, inputs=inputs)
    order = lock(Order.objects.own(actor), no=no)
    amendment = lock(Amendment.objects.filter(order=order), pk=amendment_id)
    if claim.result_id:
        return amendment
    name = "withdraw" if amendment.by_id == actor.enterprise_id else "decline"
    _end(order, amendment, name, actor=actor, by_id=actor.party_id, answer=answer.strip())
    claim.done(amendment.pk)
    return amendment


def _end(order: Order, amendment: Amendment, name: str, *, actor, by_id: int, answer: str = "") -> None:
    move(amendment, name, answered_at=now(), answer=answer)
    cancel_deadlines(amendment)
    value = AmendmentEnded(
        order_id=order.pk, no=order.no, amendment_id=amendment.pk, move=name, by_id=by_id, to_id=order.other_party_id(by_id)
    )
    record(value, actor=actor, subject=order, chains=order.chains)


@transaction.atomic
def lapse_amendments(order_id: int, amendment_id: int | None = None) -> None:
    """Let the open change of an order lapse, because nobody answered it or the order has ended; harmless when there is none."""
    order = lock(Order.objects.all(), pk=order_id)
    rows = Amendment.objects.filter(order=order, state="proposed")
    found = (rows.filter(pk=amendment_id) if amendment_id else rows).first()
    if found is not None:
        amendment = lock(Amendment.objects.all(), pk=found.pk)
        _end(order, amendment, "lapse", actor=TIMER, by_id=amendment.by_id)
