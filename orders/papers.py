"""What a paper says, as values for its template: the figures are the order's own, in both languages."""

from babel.numbers import format_currency
from django.utils import translation

from kernel.capitals import capital_amount
from kernel.money import CREDIT, Money

from .incoterms import incoterm_of
from .models import Order, OrderLine, Tender
from .schedules import due_words, plain_stage
from .worth import by_currency, order_worth, rate_words


def printed(amount: Money) -> str:
    """An amount as a paper prints it, with its currency."""
    if amount.currency == CREDIT:
        return f"{amount.decimal:,.2f} 易货额度 / barter credit"
    return format_currency(amount.decimal, amount.currency, locale="zh_Hans_CN")


def _in_capitals(amount: Money) -> str:
    if amount.currency == "CNY":
        return "人民币" + capital_amount(amount)
    return "易货额度" + capital_amount(amount) if amount.currency == CREDIT else ""


def unit_names(line: OrderLine) -> str:
    """A unit in both languages: 卷 roll."""
    with translation.override("zh-hans"):
        chinese = str(line.listing.get_unit_display())
    with translation.override("en"):
        english = str(line.listing.get_unit_display())
    return chinese if chinese == english else f"{chinese} {english}"


def part_words(tender: Tender) -> dict:
    """What a paper says of a part beside its amount: its commission, its name and when it is due; nothing where there is none."""
    return {**_fee_words(tender), **_due_words(tender), **_back_words(tender)}


def _back_words(tender: Tender) -> dict:
    """What went back in part before the paper was made."""
    back = sum((part.back for part in tender.refunded.all()), Money.zero(tender.currency))
    return {"back": printed(back), "left": printed(tender.secured - back)} if back.minor else {}


def _fee_words(tender: Tender) -> dict:
    if not tender.fee_minor:
        return {}
    names = {"payer_fee": tender.payer_fee_minor, "payee_fee": tender.payee_fee_minor}
    fees = {name: printed(Money(minor, tender.currency)) for name, minor in names.items()}
    return {**fees, "secured": printed(tender.secured), "received": printed(tender.received)}


def _due_words(tender: Tender) -> dict:
    if not plain_stage(tender) and not tender.order.tenders.filter(kind=tender.kind, stage__gt=1).exists():
        return {}
    with translation.override("zh-hans"):
        chinese = due_words(tender)
    with translation.override("en"):
        return {"part": str(tender.stage), "part_name": tender.label, "due_zh": chinese, "due_en": due_words(tender)}


def _side(order: Order, giver_id: int) -> dict:
    lines = [line for line in order.lines.all() if line.giver_id == giver_id]
    sums = by_currency(line.amount for line in lines) or [Money.zero(order.currency)]
    rows = [
        {
            "zh": line.title_zh,
            "en": line.title_en,
            "quantity": f"{line.quantity:,}",
            "unit": unit_names(line),
            "price": printed(line.unit_price),
            "amount": printed(line.amount),
        }
        for line in lines
    ]
    return {
        "zh": order.party_name(giver_id), "en": order.party_name(giver_id, "en"), "lines": rows,
        "registration": order.proposer_registration_no if giver_id == order.proposer_id else order.responder_registration_no,
        "total": " + ".join(printed(amount) for amount in sums), "capitals": _in_capitals(sums[0]) if len(sums) == 1 else "",
        "incoterm": str(incoterm_of(order.incoterms, giver_id) or ""), "place": _address(order, order.other_party_id(giver_id)),
    }  # fmt: skip


def _address(order: Order, receiver_id: int) -> str:
    """Where goods go; who receives them is personal and stays out of a paper that is kept for years."""
    return next((place.address for place in order.destinations.all() if place.receiver_id == receiver_id), "")


def confirmation_context(order: Order) -> dict:
    """Everything the trade confirmation prints; all of it is frozen on the order."""
    tenders = [
        {
            "kind": tender.kind, "payer_zh": order.party_name(tender.payer_id), "payer_en": order.party_name(tender.payer_id, "en"),
            "amount": printed(tender.amount), "capitals": _in_capitals(tender.amount), **part_words(tender),
        }
        for tender in order.tenders.all()
    ]  # fmt: skip
    sides = [_side(order, order.proposer_id), _side(order, order.responder_id)]
    return {"order": order, "sides": sides, "tenders": tenders, "rates": rate_words(order), "weighs": printed(order_worth(order))}
