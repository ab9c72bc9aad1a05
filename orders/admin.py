"""The back office sees orders and refunds; it changes neither here."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import UNIT_NAMES
from kernel.money import Money
from kernel.templatetags.ui import clock, plain_money

from . import commission_desk as commission_desk
from . import negotiation_desk as negotiation_desk
from . import rules
from . import tracking_desk as tracking_desk
from .incoterms import Incoterm
from .models import Consignment, Destination, Order, OrderLine, Refund, RefundLine, RefundPart, Tender
from .queries import refunds_for_staff
from .queries.given_back import back_of
from .schedules import due_words
from .seen_only import PartInline, SeenOnly
from .worth import order_worth, rate_words


class LineInline(PartInline):
    model = OrderLine
    verbose_name_plural = _("goods of the order")
    fields = readonly_fields = ("giver", "quantity", "unit_name", "price", "value")

    @admin.display(description=_("unit"))
    def unit_name(self, line):
        return UNIT_NAMES.get(line.unit, line.unit)

    @admin.display(description=_("unit price"))
    def price(self, line):
        return plain_money(line.unit_price)

    @admin.display(description=_("value"))
    def value(self, line):
        return plain_money(line.amount)


class TenderInline(PartInline):
    model = Tender
    verbose_name_plural = _("money of the order")
    fields = readonly_fields = ("what", "payer", "payee", "value", "fees", "part", "due_by", "reference", "returned", "progress")

    @admin.display(description=_("kind"))
    def what(self, tender):
        return tender.get_kind_display()

    @admin.display(description=_("state"))
    def progress(self, tender):
        return tender.get_state_display()

    @admin.display(description=_("commission of payer and payee"))
    def fees(self, tender):
        return " / ".join(plain_money(Money(minor, tender.currency)) for minor in (tender.payer_fee_minor, tender.payee_fee_minor))

    @admin.display(description=_("part"))
    def part(self, tender):
        return f"{tender.stage} {tender.label}".strip()

    @admin.display(description=_("due"))
    def due_by(self, tender):
        return due_words(tender) if tender.kind == "cash" else "—"

    @admin.display(description=_("remittance reference"))
    def reference(self, tender):
        return tender.escrow.remittance_reference if tender.escrow else "—"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("escrow").prefetch_related("refunded")

    @admin.display(description=_("refunded in part"))
    def returned(self, tender):
        return plain_money(back_of(tender))

    @admin.display(description=_("amount"))
    def value(self, tender):
        return plain_money(tender.amount)


class ConsignmentInline(PartInline):
    model = Consignment
    verbose_name_plural = _("shipments of the order")
    fields = ("giver", "receiver", "state", "carried_by", "waybill_no", "shipped_at", "signed_at", "accepted_at", "fate")
    readonly_fields = ("carried_by",)

    @admin.display(description=_("carrier"))
    def carried_by(self, consignment):
        return consignment.carrier_name or rules.CARRIERS.get(consignment.carrier, ("—",))[0]


class DestinationInline(PartInline):
    model = Destination
    verbose_name_plural = _("delivery addresses of the order")
    fields = readonly_fields = ("receiver", "address")


class RefundInline(PartInline):
    model = Refund
    verbose_name_plural = _("refund requests of the order")
    fields = ("asked_by", "kind", "reason", "answer", "state", "created_at", "answered_at", "settled_at")


class RefundLineInline(PartInline):
    model = RefundLine
    verbose_name_plural = _("goods of the part refund")
    fields = readonly_fields = ("line", "quantity", "value")

    @admin.display(description=_("amount"))
    def value(self, row):
        return plain_money(row.amount)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("line")


class RefundPartInline(PartInline):
    model = RefundPart
    verbose_name_plural = _("money of the part refund")
    fields = readonly_fields = ("tender", "value", "fee")

    @admin.display(description=_("amount"))
    def value(self, part):
        return plain_money(part.back)

    @admin.display(description=_("commission in it"))
    def fee(self, part):
        return plain_money(Money(part.fee_minor, part.tender.currency))

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("tender")


@admin.register(Order)
class OrderAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("no", "proposer_name", "responder_name", "value", "state", "created_at")
    fields = (
        "no", "proposer_name", "responder_name", "value", "weighed", "carried", "state", "note", "created_at",
        "confirmed_at", "funded_at", "shipped_at",
        "completed_at", "ended_at", "why",
    )  # fmt: skip
    readonly_fields = ("value", "weighed", "carried", "why")
    list_filter = ("state",)
    search_fields = ("no", "proposer_name", "responder_name", "proposer_registration_no", "responder_registration_no")
    search_help_text = _("Number, company name or registration number")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (LineInline, TenderInline, DestinationInline, ConsignmentInline, RefundInline)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("why it ended"))
    def why(self, order):
        return gettext(order.end_reason) if order.end_reason else "—"

    @admin.display(description=_("value"))
    def value(self, order):
        return plain_money(order_worth(order))

    @admin.display(description=_("exchange rates"))
    def weighed(self, order):
        return "; ".join(rate_words(order)) or "—"

    @admin.display(description=_("delivery terms"))
    def carried(self, order):
        return "; ".join(f"{order.party_name(giver)}: {Incoterm(code, place)}" for giver, code, place in order.incoterms) or "—"


@admin.register(Refund)
class RefundAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("order", "asked_by", "kind", "reason", "state", "created_at", "answer_due")
    fields = ("order", "asked_by", "kind", "reason", "answer", "state", "created_at", "answered_at", "settled_at")
    list_filter = ("state", "kind")
    search_fields = ("order__no", "asked_by__name")
    inlines = (RefundLineInline, RefundPartInline)
    show_full_result_count = False

    def get_queryset(self, request):
        return refunds_for_staff()

    def get_ordering(self, request):
        return ("waiting", "created_at", "pk")

    @admin.display(description=_("answer due"))
    def answer_due(self, refund):
        if refund.state != "requested":
            return ""
        return clock(refund.answer_due) if refund.answer_due else _("overdue: the other party did not answer")


from . import desks  # noqa: E402, F401  the desks of contracts and invoices register themselves
