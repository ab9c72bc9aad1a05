"""What went back in part of a loaded order, and what its money parts come to after it. Loaded rows in, figures out."""

from kernel.money import Money
from ledger.rules import fee_of

from ..models import Order, Tender


def back_of(tender: Tender) -> Money:
    """All that part refunds gave back to the payer, its share of the commission included."""
    return sum((part.back for part in tender.refunded.all()), Money.zero(tender.currency))


def secured_after(tender: Tender) -> Money:
    """What of the held money has not gone back in part."""
    return tender.secured - back_of(tender)


def received_after(tender: Tender) -> Money:
    """What the payee gets of it: without the platform's commission on what is left."""
    left = secured_after(tender)
    return left - Money(fee_of(tender.fee_minor, tender.secured.minor, left.minor), tender.currency)


def fee_after(tender: Tender, *, payer: bool) -> Money:
    """One side's commission on what is left."""
    if payer:
        gone = sum(part.fee_minor for part in tender.refunded.all())
        return Money(tender.payer_fee_minor - gone, tender.currency)
    gone = sum(part.amount_minor for part in tender.refunded.all())
    return Money(tender.amount_minor - gone, tender.currency) - received_after(tender)


def goods_back(order: Order) -> dict[int, int]:
    """What settled part refunds took off the lines of a loaded order: {line: minor units}."""
    found: dict[int, int] = {}
    for refund in order.refunds.all():
        if refund.kind == "part" and refund.state == "settled":
            for row in refund.lines.all():
                found[row.line_id] = found.get(row.line_id, 0) + row.amount_minor
    return found


def kept_of(part, back: int) -> Money:
    """A line or money part less what went back of it."""
    return Money(part.amount_minor - back, part.currency)


def money_back(order: Order) -> list[Money]:
    """What went back in part under a loaded order, money part by money part."""
    return [amount for tender in order.tenders.all() if (amount := back_of(tender)).minor]
