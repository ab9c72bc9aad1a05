"""What the audit asks of orders: states, tenders, consignments and stock tell one story."""

from copy import copy

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from catalog.models import StockReservation
from kernel.registries import audit_check

from .commission import charge
from .models import Consignment, ConsignmentLine, ContractAcceptance, InvoiceRequest, Order, Tender
from .queries.invoicing import rooms_of
from .services.proposals import current_hash

LIMIT = 100


@audit_check("orders.tenders")
def tenders():
    """Completed orders have paid every tender, cancelled ones returned it, and a held tender belongs to a running order."""
    wrong = (
        Q(order__state="completed") & ~Q(state="settled")
        | Q(order__state="cancelled") & ~Q(state__in=["returned", "dropped", "agreed"])
        | Q(state="held") & ~Q(order__state__in=["confirmed", "funded", "shipped"])
        | Q(order__state__in=["funded", "shipped"]) & ~Q(state="held")
    )
    for tender in Tender.objects.filter(wrong).select_related("order")[:LIMIT]:
        yield {"order": tender.order.no, "finding": f"{tender.kind} tender is {tender.state} while the order is {tender.order.state}"}


@audit_check("orders.commission")
def commission():
    """The commission of an order's parts adds up to its rates, and what is held for a part is its amount with the commission."""
    fees = Q(payer_fee_minor__gt=0) | Q(payee_fee_minor__gt=0)
    due = F("amount_minor") + F("payer_fee_minor"), F("payer_fee_minor") + F("payee_fee_minor")
    for place in ("hold", "escrow"):
        wrong = ~Q(**{f"{place}__amount_minor": due[0]}) | ~Q(**{f"{place}__fee_minor": due[1]})
        for tender in Tender.every.filter(wrong, **{f"{place}__isnull": False}).select_related("order")[:LIMIT]:
            yield {"order": tender.order.no, "finding": f"what is held for the {tender.kind} part is not its amount with its commission"}
    charged = Order.objects.filter(Exists(Tender.objects.filter(fees, order=OuterRef("pk"))), version=1).prefetch_related("tenders")
    for order in charged.order_by("pk").iterator(chunk_size=500):
        parts = list(order.tenders.all())
        fresh = [copy(part) for part in parts]
        for part in fresh:
            part.pk = None
        charge(fresh, order.payer_bp, order.payee_bp)
        if [(p.payer_fee_minor, p.payee_fee_minor) for p in fresh] != [(p.payer_fee_minor, p.payee_fee_minor) for p in parts]:
            yield {"order": order.no, "finding": "the commission of the money parts is not that of its rates"}


@audit_check("orders.part_refunds")
def part_refunds():
    """What went back in part of a money part, with its commission, is what its hold or escrow says it gave back."""
    for place in ("hold", "escrow"):
        rows = Tender.every.filter(**{f"{place}__isnull": False}).annotate(
            back=Coalesce(Sum(F("refunded__amount_minor") + F("refunded__fee_minor")), 0, output_field=BigIntegerField())
        )
        for tender in rows.exclude(back=F(f"{place}__returned_minor")).select_related("order").order_by("pk")[:LIMIT]:
            yield {"order": tender.order.no, "finding": f"{tender.back} minor units of its {tender.kind} part are said to be back"}


@audit_check("orders.consignments")
def consignments():
    """An order is complete exactly when all its consignments are accepted; what was refunded in part is over."""
    rest = Consignment.objects.filter(order=OuterRef("pk")).exclude(state__in=["accepted", "cancelled"])
    for order in Order.objects.filter(state="completed").filter(Exists(rest))[:LIMIT]:
        yield {"order": order.no, "finding": "completed with goods that nobody accepted"}
    for order in Order.objects.filter(state="shipped").exclude(Exists(rest))[:LIMIT]:
        yield {"order": order.no, "finding": "all goods are accepted and the order is not complete"}


@audit_check("orders.stock")
def stock():
    """A running order's unshipped lines are reserved; an ended order reserves nothing."""
    refs = {r.ref: r.state for r in StockReservation.objects.filter(state="held").iterator()}
    held = {ref for ref in refs if ref.startswith("orders.orderline:")}
    running = ConsignmentLine.objects.filter(consignment__state="to_ship", consignment__order__state__in=["confirmed", "funded", "shipped"])
    should = set(running.values_list("stock_ref", flat=True).iterator())
    for ref in sorted(held ^ should)[:LIMIT]:
        yield {"line": ref, "finding": "reserved for no running order" if ref in held else "not reserved although the order runs"}


@audit_check("orders.terms")
def terms():
    """Every order's terms still have the hash that was confirmed (P31)."""
    for order in Order.objects.prefetch_related("lines", "tenders", "destinations").order_by("pk").iterator(chunk_size=500):
        if order.terms_hash != current_hash(order):
            yield {"order": order.no, "finding": "the terms are not those that were confirmed"}


@audit_check("orders.red_invoices")
def red_invoices():
    """No invoice says more than was paid for and kept: what was refunded has been taken back by a red-letter invoice (DOMAIN §3)."""
    rows = InvoiceRequest.objects.filter(state="issued").exclude(order__state="completed", order__refunds=None)
    for request in rows.select_related("order").prefetch_related("lines").order_by("pk").iterator(chunk_size=200):
        own = {line.order_line_id for line in request.lines.all()}
        over = sum(room.over for room in rooms_of(request.order, request.buyer_id, issued_only=True) if room.line.pk in own)
        if over:
            yield {"order": request.order.no, "invoice": request.no, "finding": f"{over} minor units are invoiced and were refunded"}


@audit_check("orders.contracts")
def contracts():
    """Every acceptance of a contract is of the bytes that the version still has (P31)."""
    rows = ContractAcceptance.objects.exclude(sha256=F("version__sha256"))
    rows |= ContractAcceptance.objects.exclude(version__sha256=F("version__document__sha256"))
    for one in rows.select_related("version__request").order_by("pk")[:LIMIT]:
        yield {"contract": one.version.request.no, "finding": f"version {one.version.number} is not what was accepted"}
