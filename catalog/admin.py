"""Desks of the catalogue: reviews and categories have modules of their own; stock and requests are read here, services write."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from kernel.admin import ReadOnly
from kernel.templatetags.ui import when

from . import case_desks, category_desk, desks, review_desk, search_desk
from .models import Stock, StockMovement, StockReservation
from .templatetags.catalog import quantity

__all__ = ["case_desks", "category_desk", "desks", "review_desk", "search_desk"]


def amount(name: str, label):
    """A column with a quantity, without needless zeros, in the unit of its goods."""

    @admin.display(description=label)
    def show(desk, row):
        return f"{quantity(getattr(row, name))} {row.listing.get_unit_display()}"

    return show


def moment(name: str, label):
    """A column with a time, written as everywhere else."""

    @admin.display(description=label)
    def show(desk, row):
        return when(getattr(row, name)) or "—"

    return show


class About:
    """What goods move or wait for, in words: the order's number where there is one."""

    @admin.display(description=_("document number"))
    def about(self, row):
        if row.document_no and row.ref:
            return pgettext("stock", "Order %(no)s") % {"no": row.document_no}
        return row.document_no or "—"


@admin.register(Stock)
class StockAdmin(ReadOnly, admin.ModelAdmin):
    list_display = fields = readonly_fields = ["listing", "there", "promised", "free", "warned"]
    list_select_related = ["listing"]
    sortable_by = []
    search_fields = ["listing__no__exact"]
    search_help_text = _("Number of the listing")
    there, promised, free = amount("on_hand", _("on hand")), amount("reserved", _("reserved")), amount("free", _("free on the shelf"))
    warned = moment("low_since", _("low since"))


@admin.register(StockMovement)
class StockMovementAdmin(About, ReadOnly, admin.ModelAdmin):
    list_display = fields = readonly_fields = ["time", "listing", "kind", "moved", "left", "why", "about"]
    list_filter = ["kind"]
    list_select_related = ["listing"]
    sortable_by = []
    search_fields = ["listing__no__exact", "document_no__exact"]
    search_help_text = _("Number of the listing or of the document")
    ordering = ["-id"]
    time = moment("at", _("time"))
    moved, left = amount("quantity", _("quantity")), amount("balance", _("balance after"))

    @admin.display(description=_("reason"))
    def why(self, row):
        return (_("opening stock") if row.reason == "opening stock" else row.reason) or "—"


@admin.register(StockReservation)
class StockReservationAdmin(About, ReadOnly, admin.ModelAdmin):
    list_display = fields = readonly_fields = ["about", "listing", "promised", "state", "since"]
    list_filter = ["state"]
    list_select_related = ["listing"]
    sortable_by = []
    search_fields = ["listing__no__exact"]
    search_help_text = _("Number of the listing")
    ordering = ["-id"]
    promised, since = amount("quantity", _("quantity")), moment("created_at", _("created at"))
