"""What of an order can still be refunded in part, and what was."""

from collections.abc import Iterable

from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import UNIT_NAMES
from kernel.money import Money

from ..commission import unit_of
from ..models import ConsignmentLine, Order, Refund, RefundLine, Tender
from ..part_rules import Room


def refunded_minor(line_ids: Iterable[int]) -> dict[int, int]:
    """What settled part refunds gave back of lines: {line: minor units}."""
    rows = RefundLine.objects.filter(refund__state="settled", line_id__in=list(line_ids)).order_by()
    return {pk: int(total) for pk, total in rows.values_list("line_id").annotate(total=Sum("amount_minor"))}


def left_of(tender: Tender) -> int:
    """What a money part still holds, in minor units."""
    return tender.amount_minor - sum(part.amount_minor for part in tender.refunded.all())


def part_blocked(order: Order) -> object:
    """Why nothing of an order can be refunded in part; empty when something can."""
    lines, tenders = list(order.lines.all()), list(order.tenders.all())
    if order.state not in ("funded", "shipped"):
        return _("Only while a paid order is under way a part of it can be refunded.")
    if len({line.currency for line in lines} | {unit_of(tender.currency) for tender in tenders}) > 1:
        return _(
            "Goods priced in one currency and paid in another can only be refunded with the whole order, at the amounts that were paid."
        )
    if len({line.giver_id for line in lines}) != 1 or sum(t.amount_minor for t in tenders) != sum(line.amount_minor for line in lines):
        return _("Only goods paid for with money in full can be refunded in part. Goods against goods are undone whole.")
    if any(tender.state != "held" for tender in tenders):
        return _("Only while all the money is held a part of it can go back.")
    return ""


def rooms_of_parts(order: Order) -> list[Room]:
    """What of each line can still be refunded: what has not left, and the value of what was neither accepted nor refunded."""
    lines = list(order.lines.all())
    unsent, accepted, sent = {}, {}, {}
    rows = ConsignmentLine.objects.filter(consignment__order=order)
    for pk, goods, state, many in rows.values_list("line_id", "consignment_id", "consignment__state", "quantity"):
        if state == "to_ship":
            unsent[pk] = many
        elif state == "shipped":
            sent.setdefault(pk, {})[goods] = many
        elif state == "accepted":
            accepted[pk] = accepted.get(pk, 0) + many
    back = refunded_minor(line.pk for line in lines)
    return [
        Room(
            line.pk, line.unit_price_minor, unsent.get(line.pk, 0),
            max(line.amount_minor - back.get(line.pk, 0) - accepted.get(line.pk, 0) * line.unit_price_minor, 0),
            sent.get(line.pk, {}),
        )
        for line in lines
    ]  # fmt: skip


def part_refunded(order: Order) -> bool:
    """Whether a part of an order has gone back already."""
    return order.refunds.filter(kind="part", state="settled").exists()


def part_words(order: Order, refund: Refund) -> list[str]:
    """What a part refund of a loaded order asks for, line by line; empty for one of the whole order."""
    lines = {line.pk: line for line in order.lines.all()}
    found = []
    for row in refund.lines.all():
        if row.line_id in lines:
            line = lines[row.line_id]
            words = {"title": line.title(get_language() or ""), "many": row.quantity, "unit": UNIT_NAMES.get(line.unit, line.unit)}
            words["amount"] = Money(row.amount_minor, line.currency)
            taken, cheaper = _("%(title)s: %(many)s %(unit)s less, %(amount)s back"), _("%(title)s: %(amount)s off the price")
            sent_back = _("%(title)s: %(many)s %(unit)s that were shipped do not stay, %(amount)s back")
            found.append((sent_back if row.consignment_id else taken if row.quantity else cheaper) % words)
    return found
