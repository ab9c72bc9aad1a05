"""Asking for the money back: at once while unpaid, by the other party's approval after, never once goods are accepted (H26, H33, H34)."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, require
from kernel.chains import subject_of
from kernel.clock import now
from kernel.refusals import Denied, Refusal
from kernel.services import (
    cancel_deadlines,
    claim_key,
    lock,
    lock_all,
    meet_deadline,
    move,
    pause_deadlines,
    record,
    resume_deadlines,
    start_deadline,
)
from kernel.timer import TIMER

from .. import rules
from ..facts import GoodsTold, RefundAnswered, RefundRequested, RefundUnanswered
from ..models import Consignment, Order, Refund
from ..part_rules import Claim
from ..permissions import ANSWER_REFUND, REQUEST_REFUND
from ..states import REFUND_OPEN
from .commitments import commit_to
from .frozen import frozen_parties, put_off_refund
from .funding import cancel_order, lock_what_ends
from .part_refunds import keep_claims, lowers_price, refuse_claims, settle_part, shipments_of


@transaction.atomic
def request_refund(no: str, *, actor: Actor, reason: str, request_key: str, claims: Sequence[Claim] = ()) -> Refund:
    """Ask to undo an order, or with `claims` a part of a paid one, which then goes on with the rest.

    Unpaid orders end at once; otherwise the other party answers and inspection clocks stand still.
    Raises Refusal reason_missing / refund_refused / refund_open / part_refused.
    """
    require(actor, REQUEST_REFUND)
    reason = reason.strip()
    claim = claim_key(request_key, verb="orders.request_refund", actor=actor, inputs=_inputs(no, reason, claims))
    order = lock(Order.objects.own(actor), no=no)
    if claim.result_id:
        return Refund.objects.get(pk=claim.result_id)
    _allowed(order, actor.party_id, reason, part=bool(claims))
    if claims:
        refuse_claims(order, claims, asker_id=actor.party_id)
    if order.state == "confirmed":
        lock_what_ends(order)
    kind = "part" if claims else "whole"
    refund = Refund.objects.create(order=order, asked_by_id=actor.party_id, kind=kind, reason=reason, created_at=now())
    keep_claims(refund, claims)
    other = order.other_party_id(actor.party_id)
    value = RefundRequested(refund_id=refund.pk, order_id=order.pk, no=order.no, asked_by_id=actor.party_id, other_id=other)
    record(value, actor=actor, subject=order, chains=order.chains)
    if order.state == "confirmed":
        _settle(order, lock(Refund.objects.all(), pk=refund.pk), actor)
    else:
        for consignment in order.consignments.all():
            pause_deadlines(consignment)
        start_deadline("orders.answer_refund", refund, chains=order.chains)
    claim.done(refund.pk)
    return refund


def _inputs(no: str, reason: str, claims: Sequence[Claim]) -> dict:
    parts = {"parts": [[*astuple(one)] for one in claims]} if claims else {}
    return {"no": no, "reason": reason, **parts}


def _allowed(order: Order, asker_id: int, reason: str, *, part: bool) -> None:
    if not reason:
        raise Refusal("reason_missing", _("Say why: the other party decides on your reason."))
    accepted = not part and order.consignments.filter(state="accepted", receiver_id=asker_id).exists()
    asked = order.refunds.filter(asked_by_id=asker_id).exclude(state="settled").count()
    if refusal := rules.refund_refusal(order.state, accepted_own=accepted, asked_before=asked):
        raise Refusal("refund_refused", refusal)
    if order.refunds.filter(state__in=REFUND_OPEN).exists():
        raise Refusal("refund_open", _("A refund request is already open on this order."))


def _settle(order: Order, refund: Refund, actor, fates: Mapping[int, str] | None = None) -> None:
    move(refund, "approve", answered_at=now())
    if refund.kind == "part":
        settle_part(order, refund, fates or {}, actor=actor)
        order.consignments.filter(fate="").update(giver_word="")
        for consignment in order.consignments.exclude(state="cancelled"):
            resume_deadlines(consignment)
        return
    cancel_order(order, actor=actor, reason=refund.reason, fates=fates)
    move(refund, "settle", settled_at=now())


def _locked(no: str, refund_id: int, actor: Actor, *, asker: bool) -> tuple[Order, Refund]:
    order = lock(Order.objects.own(actor), no=no)
    refund = lock(Refund.objects.filter(order=order), pk=refund_id)
    if (refund.asked_by_id == actor.enterprise_id) != asker:
        raise Denied(
            "own_refund",
            _("The party that asked cannot answer; only the other party can.")
            if not asker
            else _("Only the party that asked can withdraw."),
        )
    return order, refund


def _left(order: Order) -> list[Consignment]:
    """The consignments that have left, accepted ones too: undoing the order does not bring them back. What was refunded before is over."""
    gone = order.consignments.exclude(shipped_at=None).exclude(state="cancelled")
    return lock_all(Consignment.objects.all(), gone.values_list("pk", flat=True))


def _keep_word(goods: list[Consignment], words: Mapping[int, str]) -> None:
    for consignment in goods:
        if consignment.pk in words:
            Consignment.objects.filter(pk=consignment.pk).update(giver_word=words[consignment.pk])
            consignment.giver_word = words[consignment.pk]


@transaction.atomic
def tell_goods(no: str, refund_id: int, *, actor: Actor, request_key: str, fates: Mapping[int, str]) -> Refund:
    """Say, as the party that asks for the refund, what became of the goods that one has sent: "returned" or "given_up" by consignment.

    The other party can only approve after that. Raises Refusal goods_unsettled, IllegalMove when the request is no longer open.
    """
    require(actor, REQUEST_REFUND)
    inputs = {"no": no, "refund": refund_id, "goods": {str(pk): fate for pk, fate in fates.items()}}
    claim = claim_key(request_key, verb="orders.tell_goods", actor=actor, inputs=inputs)
    order, refund = _locked(no, refund_id, actor, asker=True)
    if claim.result_id:
        return refund
    Refund.MACHINE.target(refund.state, "approve")
    goods = _left(order)
    own = [c.pk for c in goods if c.giver_id == actor.enterprise_id]
    if refusal := rules.fates_refusal(own, (), fates):
        raise Refusal("goods_unsettled", refusal)
    _keep_word(goods, fates)
    other = order.other_party_id(refund.asked_by_id)
    value = GoodsTold(
        refund_id=refund.pk, order_id=order.pk, no=order.no, told_by_id=actor.party_id, other_id=other,
        goods={str(pk): fate for pk, fate in fates.items()},
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains)
    claim.done(refund.pk)
    return refund


def _answered(order: Order, refund: Refund, name: str, actor: Actor, fates: Mapping[int, str] | None = None) -> None:
    other = order.other_party_id(refund.asked_by_id)
    value = RefundAnswered(
        refund_id=refund.pk, order_id=order.pk, no=order.no, move=name, asked_by_id=refund.asked_by_id, other_id=other,
        goods={str(pk): fate for pk, fate in (fates or {}).items()},
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes={"refund": ["requested", refund.state]})


@transaction.atomic
def approve_refund(no: str, refund_id: int, *, actor: Actor, request_key: str, fates: Mapping[int, str] | None = None) -> Refund:
    """Agree to undo the order: each tender goes back exactly as it came, unshipped stock is freed.

    `fates` says of every consignment that this party has sent (by id) whether it was "returned", so that it is its stock again, or
    "given_up"; the other party must have said so of its own with `tell_goods`. Raises Refusal goods_unsettled, Denied own_refund,
    IllegalMove.
    """
    require(actor, ANSWER_REFUND)
    fates = dict(fates or {})
    inputs = {"no": no, "refund": refund_id, "goods": {str(pk): fate for pk, fate in fates.items()}}
    claim = claim_key(request_key, verb="orders.approve_refund", actor=actor, inputs=inputs)
    order, refund = _locked(no, refund_id, actor, asker=False)
    if claim.result_id:
        return refund
    if refund.state == "requested":
        fates = _settled_goods(order, actor, fates) if refund.kind == "whole" else _word_on(refund, fates)
        lock_what_ends(order)
        terms = rules.terms_hash(inputs)
        part = refund.kind == "part"
        commit_to(
            order, actor=actor, verb=ANSWER_REFUND, terms=terms, subject=":".join(subject_of(refund)),
            lines=refund.lines.select_related("line") if part else None, tenders=() if part else None,
        )  # fmt: skip
    meet_deadline("orders.answer_refund", refund)
    _settle(order, refund, actor, fates)
    _answered(order, refund, "approve", actor, fates)
    claim.done(refund.pk)
    return refund


def _word_on(refund: Refund, fates: dict[int, str]) -> dict[int, str]:
    """The word of the giver, which answers a part refund, on the shipments that it names."""
    if refusal := rules.fates_refusal(shipments_of(refund), (), fates):
        raise Refusal("goods_unsettled", refusal)
    return fates


def _settled_goods(order: Order, actor: Actor, fates: dict[int, str]) -> dict[int, str]:
    goods = _left(order)
    own = [c.pk for c in goods if c.giver_id == actor.enterprise_id]
    silent = [c.pk for c in goods if c.giver_id != actor.enterprise_id and not c.giver_word]
    if refusal := rules.fates_refusal(own, silent, fates):
        raise Refusal("goods_unsettled", refusal)
    _keep_word(goods, fates)
    return {c.pk: c.giver_word for c in goods}


@transaction.atomic
def reject_refund(no: str, refund_id: int, *, actor: Actor, answer: str, request_key: str) -> Refund:
    """Say no, with a reason; the inspection clocks run on. The asker may then open a complaint."""
    require(actor, ANSWER_REFUND)
    inputs = {"no": no, "refund": refund_id, "answer": answer}
    claim = claim_key(request_key, verb="orders.reject_refund", actor=actor, inputs=inputs)
    order, refund = _locked(no, refund_id, actor, asker=False)
    if claim.result_id:
        return refund
    if not answer.strip():
        raise Refusal("reason_missing", _("Say why you refuse: the other party will read it."))
    move(refund, "reject", answered_at=now(), answer=answer.strip())
    _go_on(order, refund, "reject", actor)
    claim.done(refund.pk)
    return refund


@transaction.atomic
def withdraw_refund(no: str, refund_id: int, *, actor: Actor, request_key: str) -> Refund:
    """Take one's own request back; the inspection clocks run on."""
    require(actor, REQUEST_REFUND)
    claim = claim_key(request_key, verb="orders.withdraw_refund", actor=actor, inputs={"no": no, "refund": refund_id})
    order, refund = _locked(no, refund_id, actor, asker=True)
    if claim.result_id:
        return refund
    move(refund, "withdraw", answered_at=now())
    _go_on(order, refund, "withdraw", actor)
    claim.done(refund.pk)
    return refund


def _go_on(order: Order, refund: Refund, name: str, actor: Actor) -> None:
    if not meet_deadline("orders.answer_refund", refund):
        cancel_deadlines(refund)
    order.consignments.filter(fate="").update(giver_word="")
    for consignment in order.consignments.all():
        resume_deadlines(consignment)
    _answered(order, refund, name, actor)


@transaction.atomic
def settle_unanswered(refund_id: int) -> None:
    """Act on a request that nobody answered in time: agreed when no goods have left, else told to both parties and customer service.

    Silence never agrees to a lower price either: such a request waits for its answer while customer service knows of it. Harmless when it
    has been answered meanwhile (H34: the other party's silence must not hold money for ever); put off while the party that asked is
    frozen.
    """
    frozen = frozen_parties(Order.objects.filter(refunds__pk=refund_id))
    order = lock(Order.objects.all(), refunds__pk=refund_id)
    refund = lock(Refund.objects.filter(order=order), pk=refund_id)
    if refund.state != "requested" or put_off_refund(order, refund, frozen):
        return
    lock_what_ends(order)
    other = order.other_party_id(refund.asked_by_id)
    value = RefundUnanswered(refund_id=refund.pk, order_id=order.pk, no=order.no, asked_by_id=refund.asked_by_id, other_id=other)
    record(value, actor=TIMER, subject=order, chains=order.chains)
    if not order.consignments.exclude(shipped_at=None).exists() and not lowers_price(refund):
        _settle(order, refund, TIMER)
