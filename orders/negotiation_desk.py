"""Requests, negotiations and changed terms in the back office: read when the parties quarrel about what was said, never written."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from catalog.models import UNIT_NAMES
from kernel.money import Money
from kernel.templatetags.ui import plain_money

from .models import Amendment, Negotiation, Rfq, Round
from .seen_only import PartInline, SeenOnly


class RoundInline(PartInline):
    """Every round with its goods and money, oldest first."""

    model = Round
    verbose_name_plural = _("rounds")
    fields = readonly_fields = ("number", "by", "goods", "money", "lead_days", "deliver_by", "note", "made_at", "valid_until")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("orders.view_negotiation")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "payer").prefetch_related("lines__giver")

    @admin.display(description=_("goods"))
    def goods(self, row):
        return "; ".join(
            f"{line.giver}: {line} × {line.quantity} {UNIT_NAMES.get(line.unit, line.unit)}, "
            f"{plain_money(Money(line.unit_price_minor, line.currency))}"
            for line in row.lines.all()
        )  # fmt: skip

    @admin.display(description=_("money"))
    def money(self, row):
        parts = [plain_money(amount) for amount in (row.credit, row.cash) if amount]
        return f"{row.payer}: {', '.join(parts)}" if parts else "—"


@admin.register(Negotiation)
class NegotiationAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("no", "buyer_name", "seller_name", "state", "rounds_made", "last_at")
    fields = (
        "no",
        "rfq",
        "source",
        "order",
        "buyer_name",
        "seller_name",
        "state",
        "rounds_made",
        "created_at",
        "last_at",
        "ended_at",
        "end_reason",
    )
    list_filter = ("state",)
    search_fields = ("no", "rfq__no", "buyer_name", "seller_name")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (RoundInline,)


@admin.register(Rfq)
class RfqAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("no", "buyer", "title", "quantity", "state", "answer_by")
    fields = (
        "no", "buyer", "title", "category", "quantity", "unit", "value", "place", "needed_by", "gives_goods", "gives_credit", "gives_cash",
        "can_give", "words", "answer_by", "state", "created_at", "ended_at",
    )  # fmt: skip
    readonly_fields = ("value",)
    list_filter = ("state",)
    search_fields = ("no", "title", "buyer__name")
    list_select_related = ("buyer",)
    ordering = ("-id",)
    show_full_result_count = False

    @admin.display(description=_("target value a unit"))
    def value(self, rfq):
        return plain_money(rfq.target) if rfq.target else "—"


@admin.register(Amendment)
class AmendmentAdmin(SeenOnly, admin.ModelAdmin):
    list_display = ("order", "version", "by", "state", "created_at", "answered_at")
    fields = (
        "order",
        "version",
        "by",
        "reason",
        "note",
        "old_note",
        "address",
        "state",
        "created_at",
        "answered_at",
        "answer",
        "terms_hash",
    )
    list_filter = ("state",)
    search_fields = ("order__no", "by__name")
    list_select_related = ("order", "by")
    ordering = ("-id",)
    show_full_result_count = False
