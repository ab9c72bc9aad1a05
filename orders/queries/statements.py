"""What a statement says of cash: paid into custody, paid out and given back, by the custodian's own dates."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localtime

from kernel.money import Money

from ..models import RefundPart, Tender
from .given_back import received_after, secured_after

WORDS = {
    "paid_in": ("付入托管", "paid into custody"), "paid_out": ("托管放款收入", "paid out to us"),
    "given_back": ("托管退回", "given back to us"), "part_back": ("托管部分退回", "given back to us in part"),
}  # fmt: skip


def cash_movements(enterprise_id: int, start: datetime, end: datetime, *, limit: int) -> list[dict]:
    """Cash through the custodian in a span of time, oldest first, at most `limit` + 1 rows; names are those on the orders."""
    span = Q(escrow__funded_at__range=(start, end)) | Q(escrow__closed_at__range=(start, end))
    mine = Q(payer_id=enterprise_id) | Q(payee_id=enterprise_id)
    span |= Exists(RefundPart.objects.filter(tender=OuterRef("pk"), refund__settled_at__range=(start, end)))
    rows = Tender.objects.filter(span, mine, kind="cash").select_related("escrow", "order").prefetch_related("refunded__refund")
    found = []
    for tender in rows.order_by("pk")[: limit + 1]:
        paying = tender.payer_id == enterprise_id
        for name, at, amount in _steps(tender, paying):
            if start <= at < end:
                found.append((at, tender.pk, _row(tender, enterprise_id, name, at, amount)))
    return [row for _at, _pk, row in sorted(found, key=lambda one: one[:2])]


def _steps(tender: Tender, paying: bool):
    escrow = tender.escrow
    if escrow.funded_at and paying:
        yield "paid_in", escrow.funded_at, tender.secured
    if paying:
        yield from (("part_back", part.refund.settled_at, part.back) for part in tender.refunded.all())
    if escrow.closed_at and escrow.state == "released" and not paying:
        yield "paid_out", escrow.closed_at, received_after(tender)
    if escrow.closed_at and escrow.state == "refunded" and paying:
        yield "given_back", escrow.closed_at, secured_after(tender)


def _row(tender: Tender, enterprise_id: int, name: str, at: datetime, amount: Money) -> dict:
    other = tender.order.other_party_id(enterprise_id)
    sign = "-" if name == "paid_in" else ""
    chinese, english = WORDS[name]
    return {
        "at": f"{localtime(at):%Y-%m-%d %H:%M}", "no": tender.order.no, "zh": chinese, "en": english,
        "other": tender.order.party_name(other), "other_en": tender.order.party_name(other, "en"),
        "amount": f"{sign}{amount.decimal:,.{amount.exponent}f}", "currency": amount.currency,
        "reference": tender.escrow.remittance_reference,
    }  # fmt: skip
