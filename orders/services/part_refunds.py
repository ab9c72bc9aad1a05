"""Giving back a part: goods that have not left, or an amount off what stays; the order goes on with the rest (H26, H34, B03)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from credit_guarantee.services import refund_escrow_part
from kernel.clock import now
from kernel.money import Money
from kernel.refusals import Refusal
from kernel.services import move, record
from ledger.services import refund_hold_part

from ..facts import OrderPartRefunded
from ..models import Order, Refund, RefundLine, RefundPart, Tender
from ..part_rules import Claim, claims_refusal, fee_back, shares
from ..queries.part_refunds import left_of, part_blocked, rooms_of_parts
from .funding import lock_what_ends, locked_tenders
from .parts import drop_parts
from .sent_back import take_back
from .shipping import complete_if_accepted


def refuse_claims(order: Order, claims: Sequence[Claim], *, asker_id: int) -> None:
    """Refuse what cannot be refunded in part of a locked order; raises Refusal part_refused."""
    own = {line.pk for line in order.lines.all() if line.giver_id == asker_id}
    if any(claim.consignment_id and claim.line_id in own for claim in claims):
        raise Refusal("part_refused", _("Goods on their way are asked back by the party that receives them."))
    rooms = {room.line_id: room for room in rooms_of_parts(order)}
    if refusal := part_blocked(order) or claims_refusal(rooms, claims, [left_of(tender) for tender in order.tenders.all()]):
        raise Refusal("part_refused", refusal)


def keep_claims(refund: Refund, claims: Sequence[Claim]) -> None:
    """Write what a request asks for, line by line."""
    rooms = {room.line_id: room for room in rooms_of_parts(refund.order)}
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            line_id=one.line_id,
            consignment_id=one.consignment_id or None,
            quantity=one.quantity,
            amount_minor=rooms[one.line_id].asked(one),
        )
        for one in claims
    )


def lowers_price(refund: Refund) -> bool:
    """Whether a request takes an amount off goods that stay: only a person agrees to that, never the clock."""
    return refund.lines.filter(quantity=0).exists()


def shipments_of(refund: Refund) -> list[int]:
    """The shipments on their way of which a part refund asks goods back."""
    return sorted(set(refund.lines.exclude(consignment=None).values_list("consignment_id", flat=True)))


def settle_part(order: Order, refund: Refund, fates: Mapping[int, str], *, actor) -> None:
    """Give the parts of a locked, approved request back: stock, then news, then money; every money part by what it holds."""
    rows = list(refund.lines.select_related("line"))
    lock_what_ends(order)
    tenders = locked_tenders(order)
    asked = [Claim(row.line_id, row.quantity, 0 if row.quantity else row.amount_minor, row.consignment_id or 0) for row in rows]
    refuse_claims(order, asked, asker_id=refund.asked_by_id)
    givers = {row.line.giver_id for row in rows}
    quantities = {row.line_id: row.quantity for row in rows if row.quantity and not row.consignment_id}
    if len(givers) != 1 or any(tender.state != "held" for tender in tenders):
        raise Refusal("part_refused", _("The order has changed meanwhile; ask again."))
    if quantities:
        drop_parts(order, givers.pop(), quantities, actor=actor)
    take_back(order, [row for row in rows if row.consignment_id], fates, actor=actor)
    amount = Money(sum(row.amount_minor for row in rows), rows[0].line.currency)
    move(refund, "settle", settled_at=now())
    value = OrderPartRefunded(
        refund_id=refund.pk, order_id=order.pk, no=order.no, asked_by_id=refund.asked_by_id,
        other_id=order.other_party_id(refund.asked_by_id), total_minor=amount.minor, total_currency=amount.currency,
    )  # fmt: skip
    record(value, actor=actor, subject=order, chains=order.chains, changes={"refund": ["approved", "settled"]})
    for tender, minor in zip(tenders, shares(amount, [left_of(tender) for tender in tenders]), strict=True):
        if minor:
            _give_back(refund, tender, minor, actor)
    complete_if_accepted(order, actor=actor)


def _give_back(refund: Refund, tender: Tender, minor: int, actor) -> None:
    key = f"order:{refund.order_id}:part:{refund.pk}:{tender.pk}"
    before = list(tender.refunded.all())
    gone = sum(part.amount_minor for part in before) + minor
    fee = fee_back(tender.payer_fee_minor, tender.amount_minor, gone, sum(part.fee_minor for part in before))
    if tender.hold_id:
        refund_hold_part(tender.hold_id, minor=minor + fee, key=key, actor=actor)
    elif tender.escrow_id:
        refund_escrow_part(tender.escrow_id, minor=minor + fee, key=key, actor=actor)
    RefundPart.objects.create(refund=refund, tender=tender, amount_minor=minor, fee_minor=fee)
