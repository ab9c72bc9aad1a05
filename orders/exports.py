"""What an export says of trades: orders with both parties as they were named, lines, money parts, shipments, refunds, papers."""

from kernel.money import Money
from kernel.registries import export_part

from .models import (
    Amendment,
    Consignment,
    Destination,
    Negotiation,
    Order,
    OrderLine,
    OrderPaper,
    Refund,
    RefundLine,
    Rfq,
    Round,
    Tender,
    TrackingEvent,
)
from .queries.given_back import back_of
from .worth import rate_words

STEPS = ("state", "note", "terms_hash", "created_at", "confirmed_at", "funded_at", "shipped_at", "completed_at", "ended_at", "end_reason")


def _side(enterprise_id: int, of: int) -> str:
    return "we" if of == enterprise_id else "they"


def _mine(model, enterprise_id: int, *related: str):
    rows = model.objects.filter(order__in=Order.objects.of_party(enterprise_id)).select_related("order").prefetch_related(*related)
    return rows.order_by("order_id", "pk").iterator(chunk_size=1000)


@export_part("orders")
def orders(enterprise_id: int):
    for row in Order.objects.of_party(enterprise_id).order_by("pk").iterator(chunk_size=1000):
        ours = row.proposer_id == enterprise_id
        yield {
            "no": row.no, "proposed_by": "we" if ours else "they", "other_party": row.party_name(row.other_party_id(enterprise_id)),
            "other_registration_no": row.responder_registration_no if ours else row.proposer_registration_no,
            "currency": row.currency, "exchange_rates": rate_words(row),
            "incoterms": [[_side(enterprise_id, giver), code, place] for giver, code, place in row.incoterms],
            **{name: getattr(row, name) for name in STEPS},
        }  # fmt: skip


@export_part("order_lines")
def lines(enterprise_id: int):
    rows = OrderLine.every.filter(order__in=Order.objects.of_party(enterprise_id)).select_related("order")
    for row in rows.order_by("order_id", "pk").iterator(chunk_size=1000):
        yield {
            "order": row.order.no, "from_version": row.since_version, "until_version": row.ended_version,
            "given_by": _side(enterprise_id, row.giver_id), "title_zh": row.title_zh, "title_en": row.title_en,
            "unit": row.unit, "quantity": row.quantity, "unit_price": Money(row.unit_price_minor, row.currency),
            "amount": Money(row.amount_minor, row.currency), "fair_value_method": row.fair_method,
        }  # fmt: skip


@export_part("order_money")
def tenders(enterprise_id: int):
    for row in _mine(Tender, enterprise_id, "refunded"):
        fee = row.payer_fee_minor if row.payer_id == enterprise_id else row.payee_fee_minor
        yield {
            "order": row.order.no, "kind": row.kind, "paid_by": _side(enterprise_id, row.payer_id),
            "amount": Money(row.amount_minor, row.currency), "state": row.state, "our_commission": Money(fee, row.currency),
            "part": row.stage, "part_name": row.label, "due": row.due, "due_on": row.due_on, "returned_in_part": back_of(row),
        }  # fmt: skip


@export_part("order_destinations")
def destinations(enterprise_id: int):
    """Where our own goods were to go; the other side's address and contact stay on the order's page."""
    rows = Destination.objects.filter(receiver_id=enterprise_id).select_related("order", "contact", "phone").order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        yield {
            "order": row.order.no, "address": row.address, "contact": row.contact.value if row.contact else "",
            "phone": row.phone.value if row.phone else "", "said": row.created_at,
        }  # fmt: skip


@export_part("consignments")
def consignments(enterprise_id: int):
    for row in _mine(Consignment, enterprise_id, "lines__line"):
        yield {
            "order": row.order.no, "sent_by": _side(enterprise_id, row.giver_id), "state": row.state, "carrier": row.carrier,
            "carrier_name": row.carrier_name, "waybill_no": row.waybill_no, "shipped": row.shipped_at, "signed": row.signed_at,
            "accepted": row.accepted_at, "after_refund": row.fate,
            "carries": [{"goods": part.line.title_zh, "quantity": part.quantity} for part in row.lines.all()],
        }  # fmt: skip


@export_part("tracking")
def tracking(enterprise_id: int):
    rows = TrackingEvent.objects.filter(consignment__order__in=Order.objects.of_party(enterprise_id))
    for row in rows.select_related("consignment__order").order_by("pk").iterator(chunk_size=1000):
        yield {
            "order": row.consignment.order.no, "waybill_no": row.consignment.waybill_no, "kind": row.kind, "happened": row.happened_at,
            "place": row.place, "told_by": row.source, "noted": row.recorded_at,
        }  # fmt: skip


@export_part("refunds")
def refunds(enterprise_id: int):
    for row in _mine(Refund, enterprise_id):
        yield {
            "order": row.order.no, "asked_by": _side(enterprise_id, row.asked_by_id), "kind": row.kind, "reason": row.reason,
            "answer": row.answer,
            "state": row.state, "asked": row.created_at, "answered": row.answered_at, "settled": row.settled_at,
        }  # fmt: skip


@export_part("refunded_lines")
def refunded_lines(enterprise_id: int):
    """What part refunds were asked for, line by line."""
    rows = RefundLine.objects.filter(refund__order__in=Order.objects.of_party(enterprise_id)).select_related("refund__order", "line")
    for row in rows.order_by("pk").iterator(chunk_size=1000):
        yield {
            "order": row.refund.order.no, "asked": row.refund.created_at, "state": row.refund.state, "goods": row.line.title_zh,
            "quantity": row.quantity, "amount_minor": row.amount_minor, "currency": row.line.currency,
        }  # fmt: skip


@export_part("quotation_requests")
def rfqs(enterprise_id: int):
    """The requests that we sent."""
    for row in Rfq.objects.filter(buyer_id=enterprise_id).select_related("category").order_by("pk").iterator(chunk_size=1000):
        names = (
            "no",
            "title",
            "quantity",
            "unit",
            "place",
            "needed_by",
            "can_give",
            "words",
            "answer_by",
            "state",
            "created_at",
            "ended_at",
        )
        yield {
            **{name: getattr(row, name) for name in names},
            "category": row.category.code,
            "target": row.target,
            "currency": row.currency,
        }


@export_part("offers")
def offers(enterprise_id: int):
    """Every round of our negotiations, of both sides, as both read it."""
    rows = Round.objects.filter(negotiation__in=Negotiation.objects.of_party(enterprise_id)).select_related("negotiation")
    for row in rows.prefetch_related("lines").order_by("negotiation_id", "number").iterator(chunk_size=500):
        names = ("title_zh", "quantity", "unit", "unit_price_minor", "currency")
        goods = [[_side(enterprise_id, line.giver_id), *(getattr(line, name) for name in names)] for line in row.lines.all()]
        yield {
            "negotiation": row.negotiation.no, "other_party": row.negotiation.party_name(row.negotiation.other_party_id(enterprise_id)),
            "state": row.negotiation.state, "round": row.number, "made_by": _side(enterprise_id, row.by_id), "goods": goods,
            "credit": row.credit, "cash": row.cash, "paid_by": _side(enterprise_id, row.payer_id) if row.payer_id else "",
            "exchange_rates": row.rates, "incoterms": [[_side(enterprise_id, giver), *term] for giver, *term in row.incoterms],
            "lead_days": row.lead_days, "deliver_by": row.deliver_by, "note": row.note, "made": row.made_at, "valid_until": row.valid_until,
        }  # fmt: skip


@export_part("order_changes")
def changes(enterprise_id: int):
    """Changed terms that either side proposed, whatever came of them."""
    for row in _mine(Amendment, enterprise_id):
        yield {
            "order": row.order.no, "version": row.version, "proposed_by": _side(enterprise_id, row.by_id), "reason": row.reason,
            "terms_in_words": row.note, "lines": row.lines, "money": row.tenders, "state": row.state, "answer": row.answer,
            "proposed": row.created_at, "answered": row.answered_at, "terms_hash": row.terms_hash,
        }  # fmt: skip


@export_part("order_papers")
def papers(enterprise_id: int):
    rows = OrderPaper.objects.filter(order__in=Order.objects.of_party(enterprise_id)).select_related("order", "document")
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield {"order": row.order.no, "kind": row.kind, "file": row.document, "sha256": row.document.sha256, "made": row.created_at}


from . import paper_exports  # noqa: E402, F401  contracts, invoices and papers asked for: parts of their own
