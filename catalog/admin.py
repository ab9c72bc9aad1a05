"""The reviewers' queue, oldest first; states and stock are read here and written by services only."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from kernel.refusals import Refusal
from kernel.templatetags.ui import when

from . import queries, services
from .forms.reviews import ReviewForm
from .models import Category, Listing, Stock, StockMovement, StockReservation, Want
from .permissions import REVIEW_LISTING


class ReadOnly(admin.ModelAdmin):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Category)
class CategoryAdmin(SimpleHistoryAdmin):
    list_display = ["code", "name_zh", "name_en", "hs", "vat_percent", "position"]
    fields = ["code", "slug", "name_zh", "name_en", "hs", "vat_percent", "parent", "position"]

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Listing)
class ListingAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["no", "title", "seller", "category", "shown_state", "waiting_since"]
    list_filter = ["state", "category"]
    list_select_related = ["seller", "category"]
    ordering = ["submitted_at", "id"]
    search_fields = ["no__exact"]
    search_help_text = _("Number of the listing")

    @admin.display(description=_("title"))
    def title(self, listing):
        return listing.title

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, listing):
        return listing.get_state_display()

    @admin.display(description=pgettext_lazy("listing", "waiting since"))
    def waiting_since(self, listing):
        return when(listing.submitted_at) if listing.state == "in_review" else "—"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(REVIEW_LISTING)

    def has_module_permission(self, request):
        return request.user.has_perm(REVIEW_LISTING)

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return redirect(f"{request.path}?state__exact=in_review")
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The review desk: what the seller wrote, and the decision."""
        listing = queries.listing_for_review(request.actor, object_id)
        form = ReviewForm(request.POST or None, initial={"version": listing.version})
        if request.method == "POST" and form.is_valid():
            try:
                return self._decide(request, listing, form)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        context = {**self.admin_site.each_context(request), "title": listing.no, "listing": listing, "form": form, "opts": self.opts}
        return TemplateResponse(request, "catalog/admin/listing_review.html", context, status=422 if form.errors else 200)

    def _decide(self, request, listing, form):
        version, reason = form.cleaned_data["version"], form.cleaned_data["reason"]
        if form.cleaned_data["decision"] == "approve":
            services.approve_listing(listing.no, actor=request.actor, version=version)
            messages.success(request, _("%(no)s is on sale now.") % {"no": listing.no})
        else:
            services.reject_listing(listing.no, actor=request.actor, version=version, reason=reason)
            messages.success(request, _("%(no)s is sent back to its seller.") % {"no": listing.no})
        return redirect("admin:catalog_listing_changelist")


@admin.register(Stock)
class StockAdmin(ReadOnly):
    list_display = ["listing", "on_hand", "reserved"]
    list_select_related = ["listing"]
    search_fields = ["listing__no__exact"]


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly):
    list_display = ["at", "listing", "kind", "quantity", "balance", "reason", "ref"]
    list_filter = ["kind"]
    list_select_related = ["listing"]
    search_fields = ["listing__no__exact", "ref__exact"]
    ordering = ["-id"]


@admin.register(StockReservation)
class StockReservationAdmin(ReadOnly):
    list_display = ["ref", "listing", "quantity", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["listing"]
    search_fields = ["ref__exact"]


@admin.register(Want)
class WantAdmin(ReadOnly):
    list_display = ["no", "title", "enterprise", "category", "quantity", "unit", "state"]
    list_filter = ["state", "category"]
    list_select_related = ["enterprise", "category"]
    ordering = ["-id"]
