"""The back office sees orders and refunds; it changes neither here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from kernel.money import Money
from kernel.templatetags.ui import clock

from .models import Consignment, Order, OrderLine, Refund, Tender
from .queries import refunds_for_staff


class SeenOnly:
    """No adding, changing or deleting: parties act, staff look."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PartInline(SeenOnly, admin.TabularInline):
    extra = 0
    show_change_link = False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("orders.view_order")


class LineInline(PartInline):
    model = OrderLine
    fields = ("giver", "title_zh", "quantity", "unit", "price", "value", "fair_method")
    readonly_fields = ("price", "value")

    @admin.display(description=_("unit price"))
    def price(self, line):
        return line.unit_price

    @admin.display(description=_("value"))
    def value(self, line):
        return line.amount


class TenderInline(PartInline):
    model = Tender
    fields = ("kind", "payer", "payee", "value", "state", "escrow")
    readonly_fields = ("value",)

    @admin.display(description=_("amount"))
    def value(self, tender):
        return tender.amount


class ConsignmentInline(PartInline):
    model = Consignment
    fields = ("giver", "receiver", "state", "carrier", "carrier_name", "waybill_no", "shipped_at", "signed_at", "accepted_at")


class RefundInline(PartInline):
    model = Refund
    fields = ("asked_by", "reason", "answer", "state", "created_at", "answered_at", "settled_at")


@admin.register(Order)
class OrderAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("no", "proposer_name", "responder_name", "value", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("no", "proposer_name", "responder_name", "proposer_registration_no", "responder_registration_no")
    search_help_text = _("Number, company name or registration number")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (LineInline, TenderInline, ConsignmentInline, RefundInline)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("value"))
    def value(self, order):
        sums = {side: sum(line.amount_minor for line in order.lines.all() if line.giver_id == side) for side in order.parties}
        return Money(max(sums.values()), order.currency)


@admin.register(Refund)
class RefundAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("order", "asked_by", "reason", "state", "created_at", "answer_due")
    list_filter = ("state",)
    search_fields = ("order__no", "asked_by__name")
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
