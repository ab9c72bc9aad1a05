"""The back office sees orders and refunds; it changes neither here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.admin import column
from kernel.money import Money
from kernel.templatetags.ui import clock

from . import rules
from .models import Consignment, Order, OrderLine, Refund, Tender
from .queries import refunds_for_staff

GIVER, RECEIVER, PAYER, PAYEE = (
    column("giver", _("giver")),
    column("receiver", _("receiver")),
    column("payer", _("payer")),
    column("payee", _("payee")),
)
PROPOSER, RESPONDER = column("proposer_name", _("proposed by")), column("responder_name", _("proposed to"))
CREATED, CONFIRMED, FUNDED = (
    column("created_at", _("proposed at")),
    column("confirmed_at", _("confirmed at")),
    column("funded_at", _("held in full at")),
)
SHIPPED, SIGNED, ACCEPTED = (
    column("shipped_at", _("shipped at")),
    column("signed_at", _("signed for at")),
    column("accepted_at", _("accepted at")),
)
ORDER, COMPLETED, ENDED = column("order", _("order")), column("completed_at", _("completed at")), column("ended_at", _("ended at"))
ASKED, ASKER, ANSWERED, SETTLED = (
    column("created_at", _("asked at")), column("asked_by", _("asked by")), column("answered_at", pgettext_lazy("refund", "answered at")),
    column("settled_at", pgettext_lazy("refund", "settled at")),
)  # fmt: skip


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
    verbose_name_plural = _("goods of the order")
    fields = readonly_fields = (
        GIVER,
        column("title_zh", _("goods")),
        column("quantity", _("quantity")),
        column("unit", _("unit")),
        "price",
        "value",
    )

    @admin.display(description=_("unit price"))
    def price(self, line):
        return line.unit_price

    @admin.display(description=_("value"))
    def value(self, line):
        return line.amount


class TenderInline(PartInline):
    model = Tender
    verbose_name_plural = _("money of the order")
    fields = readonly_fields = ("what", PAYER, PAYEE, "value", "stage")

    @admin.display(description=_("kind"))
    def what(self, tender):
        return tender.get_kind_display()

    @admin.display(description=_("state"))
    def stage(self, tender):
        return tender.get_state_display()

    @admin.display(description=_("amount"))
    def value(self, tender):
        return tender.amount


class ConsignmentInline(PartInline):
    model = Consignment
    verbose_name_plural = _("shipments of the order")
    fields = (GIVER, RECEIVER, "state", "carried_by", "waybill_no", SHIPPED, SIGNED, ACCEPTED)
    readonly_fields = (GIVER, RECEIVER, "carried_by", SHIPPED, SIGNED, ACCEPTED)

    @admin.display(description=_("carrier"))
    def carried_by(self, consignment):
        return consignment.carrier_name or rules.CARRIERS.get(consignment.carrier, ("—",))[0]


class RefundInline(PartInline):
    model = Refund
    verbose_name_plural = _("refund requests of the order")
    fields = (ASKER, "reason", "answer", "state", ASKED, ANSWERED, SETTLED)
    readonly_fields = (ASKER, ASKED, ANSWERED, SETTLED)


@admin.register(Order)
class OrderAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("no", PROPOSER, RESPONDER, "value", "state", CREATED)
    fields = ("no", PROPOSER, RESPONDER, "value", "state", "note", CREATED, CONFIRMED, FUNDED, SHIPPED, COMPLETED, ENDED, "why")
    readonly_fields = (PROPOSER, RESPONDER, "value", CREATED, CONFIRMED, FUNDED, SHIPPED, COMPLETED, ENDED, "why")
    list_filter = ("state",)
    search_fields = ("no", "proposer_name", "responder_name", "proposer_registration_no", "responder_registration_no")
    search_help_text = _("Number, company name or registration number")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (LineInline, TenderInline, ConsignmentInline, RefundInline)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("why it ended"))
    def why(self, order):
        return order.end_reason or "—"

    @admin.display(description=_("value"))
    def value(self, order):
        sums = {side: sum(line.amount_minor for line in order.lines.all() if line.giver_id == side) for side in order.parties}
        return Money(max(sums.values()), order.currency)


@admin.register(Refund)
class RefundAdmin(SeenOnly, admin.ModelAdmin):
    list_display = (ORDER, ASKER, "reason", "state", ASKED, "answer_due")
    fields = (ORDER, ASKER, "reason", "answer", "state", ASKED, ANSWERED, SETTLED)
    readonly_fields = (ORDER, ASKER, ASKED, ANSWERED, SETTLED)
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
