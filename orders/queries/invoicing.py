"""How much of an order may be invoiced: what was paid for, net of refunds and of what was asked for before. Loaded rows in, sums out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Enterprise
from kernel.money import Money

from ..models import InvoiceLine, Order, OrderLine, RedLine
from ..tax import Part
from .part_refunds import refunded_minor

PAID = ("funded", "shipped", "completed")  # everything owed under the order is held or paid out
DEAD = ("refused", "withdrawn", "dropped")


@dataclass(frozen=True)
class Room:
    """One line of an order and how much of its value may still be asked for on an invoice."""

    line: OrderLine
    cap: int  # minor units paid for and not refunded
    asked: int  # on invoices asked for or issued, less what red ones took back

    @property
    def left(self) -> int:
        return max(self.cap - self.asked, 0)

    @property
    def units(self) -> int:
        """Whole units of what is left."""
        return self.left // self.line.unit_price_minor if self.line.unit_price_minor else 0

    @property
    def over(self) -> int:
        """What invoices say beyond what was paid for: it needs a red-letter invoice."""
        return max(self.asked - self.cap, 0)

    @property
    def left_money(self) -> Money:
        return Money(self.left, self.line.currency)


def kept_minor(order: Order, line: OrderLine, back: Mapping[int, int]) -> int:
    """How much of a line's value was paid for and not refunded; `back` is what part refunds gave back (by line)."""
    return line.amount_minor - back.get(line.pk, 0) if order.state in PAID else 0


def rooms_of(order: Order, buyer_id: int, *, issued_only: bool = False, but: int | None = None, fresh: bool = False) -> list[Room]:
    """What the receiver of an order's goods may still ask for, line by line of those in yuan; `but` leaves out a request.

    `fresh` says that the caller knows of no invoice and of no part refund, so that the database need not be asked.
    """
    lines = [line for line in order.lines.all() if line.giver_id != buyer_id and line.currency == "CNY"]
    if fresh:
        return [Room(line, kept_minor(order, line, {}), 0) for line in lines]
    asked = asked_minor([line.pk for line in lines], issued_only=issued_only, but=but)
    back = refunded_minor(line.pk for line in lines)
    return [Room(line, kept_minor(order, line, back), asked.get(line.pk, 0)) for line in lines]


def asked_minor(line_ids: Iterable[int], *, issued_only: bool = False, but: int | None = None) -> dict[int, int]:
    """What live invoice requests say of order lines, less what red invoices took back: {order line: minor units}."""
    live = Q(request__state__in=["issued", "reversed"]) if issued_only else ~Q(request__state__in=DEAD)
    rows = InvoiceLine.objects.filter(live, order_line_id__in=list(line_ids)).exclude(request_id=but)
    said = dict(rows.order_by().values_list("order_line_id").annotate(total=Sum("gross_minor")))
    red = RedLine.objects.filter(line__in=rows, form__issued__isnull=False)
    for line_id, total in red.order_by().values_list("line__order_line_id").annotate(total=Sum("gross_minor")):
        said[line_id] -= total
    return {line_id: int(total) for line_id, total in said.items()}


def parts_of(lines: Iterable[InvoiceLine]) -> Mapping[int, Part]:
    """Blue lines with what issued red invoices took back of each: {invoice line: Part}."""
    lines = list(lines)
    sums = {name: Sum(name) for name in ("gross_minor", "net_minor", "tax_minor")}
    rows = RedLine.objects.filter(line__in=[line.pk for line in lines], form__issued__isnull=False)
    red = {
        row["line_id"]: row
        for row in rows.order_by().values("line_id").annotate(g=sums["gross_minor"], n=sums["net_minor"], t=sums["tax_minor"])
    }
    nothing = {"g": 0, "n": 0, "t": 0}
    return {
        line.pk: Part(line.gross_minor, line.net_minor, line.tax_minor, *(int(red.get(line.pk, nothing)[key]) for key in "gnt"))
        for line in lines
    }


def invoice_refusal(order: Order, buyer: Enterprise, seller: Enterprise) -> str:
    """Why no VAT special invoice can be asked for on an order at all; empty when it can."""
    if order.state in ("declined", "withdrawn", "lapsed", "cancelled"):
        return _("This order ended without a trade or was refunded, so there is nothing to invoice.")
    if order.state not in PAID:
        return _("An invoice can be asked for when everything owed under the order is paid or held.")
    if order.currency != "CNY" or buyer.country != "CN" or seller.country != "CN":
        return _(
            "A VAT special invoice exists between mainland Chinese companies in yuan only. For this order the seller sends a commercial "
            "invoice; the pro-forma invoice under “Documents” has the same lines."
        )
    return ""
