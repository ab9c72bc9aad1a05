"""The reviewers' queue, oldest first; categories; states and stock are read here and written by services only."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from accounts.queries import in_green_order
from kernel.admin import ChoiceFilter, ReadOnly
from kernel.refusals import Refusal
from kernel.templatetags.ui import clock, when

from . import desks, queries, services  # noqa: F401  desks: more of the back office
from .forms import CategoryForm, NewCategoryForm, new_key
from .forms.reviews import ReviewForm
from .models import Category, Listing, Stock, StockMovement, StockReservation
from .permissions import REVIEW_LISTING
from .states import LISTING
from .templatetags.catalog import quantity


def amount(name: str, label):
    """A column with a quantity, without needless zeros."""

    @admin.display(description=label)
    def show(desk, row):
        return quantity(getattr(row, name))

    return show


def moment(name: str, label):
    """A column with a time, written as everywhere else."""

    @admin.display(description=label)
    def show(desk, row):
        return when(getattr(row, name)) or "—"

    return show


@admin.register(Category)
class CategoryAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["code", "name_zh", "name_en", "hs", "vat_percent", "position"]
    sortable_by = []

    def has_add_permission(self, request, obj=None):
        return request.user.has_perm("catalog.add_category")

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("catalog.change_category")

    def get_list_display_links(self, request, list_display):
        return super().get_list_display_links(request, list_display) if self.has_change_permission(request) else None

    def save_model(self, request, obj, form, change):
        raise PermissionDenied  # the services write; this way the history's "revert" cannot either

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """One category's names and place, or a new one: written by services, which note who did it."""
        category = queries.category_for_staff(object_id) if object_id else None
        if not (self.has_change_permission(request) if category else self.has_add_permission(request)):
            raise PermissionDenied
        kind = CategoryForm if category else NewCategoryForm
        form = kind(
            request.POST or None, initial={name: getattr(category, name, None) for name in kind.base_fields if name != "request_key"}
        )
        if request.method == "POST" and form.is_valid():
            try:
                return self._save(request, category, form.cleaned_data)
            except Refusal as refusal:
                form.add_error("code" if refusal.code == "category_taken" else None, str(refusal))
        title = category.name if category else _("Add a category")
        context = {**self.admin_site.each_context(request), "title": title, "category": category, "form": form, "opts": self.opts}
        return TemplateResponse(request, "catalog/admin/category.html", context, status=422 if form.errors else 200)

    def _save(self, request, category, asked):
        if category:
            services.change_category(category.pk, actor=request.actor, **asked)
        else:
            services.add_category(actor=request.actor, **asked)
        messages.success(request, _("The category is saved."))
        return redirect("admin:catalog_category_changelist")


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("in_review", LISTING.labels["in_review"]), *((s, label) for s, label in LISTING.labels.items() if s != "in_review"))

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Listing)
class ListingAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["no", "title", "seller", "category", "shown_state", "due", "waiting_since"]
    list_filter = [Stage, "category"]
    list_select_related = ["seller", "category"]
    sortable_by = []
    search_fields = ["no__exact"]
    search_help_text = _("Number of the listing")

    def get_queryset(self, request):
        return in_green_order(queries.review_queue(request.actor), queue="listings", moment="submitted_at", enterprise="seller_id")

    def get_ordering(self, request):
        return ["queue_place", "id"]

    @admin.display(description=_("title"))
    def title(self, listing):
        return listing.title

    @admin.display(description=_("state"))
    def shown_state(self, listing):
        return listing.get_state_display()

    @admin.display(description=pgettext_lazy("listing", "review due"))
    def due(self, listing):
        return clock(listing.review_due_at, listing.submitted_at) or "—" if listing.state == "in_review" else "—"

    @admin.display(description=pgettext_lazy("listing", "waiting since"))
    def waiting_since(self, listing):
        return when(listing.submitted_at) if listing.state == "in_review" else "—"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(REVIEW_LISTING)

    def has_module_permission(self, request):
        return request.user.has_perm(REVIEW_LISTING)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The review desk: what the seller wrote, and the decision."""
        listing = queries.listing_for_review(request.actor, object_id)
        form, status = ReviewForm(request.POST or None), 422 if request.method == "POST" else 200
        if request.method == "POST" and form.is_valid():
            try:
                return self._decide(request, listing, form.cleaned_data)
            except Refusal as refusal:
                form.add_error("reason" if refusal.code == "reason_missing" else None, str(refusal))
                status = refusal.status
        context = {
            **self.admin_site.each_context(request), "title": listing.no, "listing": listing, "form": form, "opts": self.opts,
            "keys": [new_key(), new_key()], "problems": [error for name in ("__all__", "request_key", "version", "decision")
                                                         for error in form.errors.get(name, ())],
        }  # fmt: skip
        return TemplateResponse(request, "catalog/admin/listing_review.html", context, status=status)

    def _decide(self, request, listing, asked):
        given = {"actor": request.actor, "version": asked["version"], "request_key": asked["request_key"]}
        if asked["decision"] == "approve":
            services.approve_listing(listing.no, **given)
            messages.success(request, _("%(no)s is on sale now.") % {"no": listing.no})
        else:
            services.reject_listing(listing.no, reason=asked["reason"], **given)
            messages.success(request, _("%(no)s is sent back to its seller.") % {"no": listing.no})
        return redirect("admin:catalog_listing_changelist")


class About:
    """What goods move or wait for, in words: the order's number where there is one."""

    @admin.display(description=_("document number"))
    def about(self, row):
        if row.document_no and row.ref:
            return pgettext("stock", "Order %(no)s") % {"no": row.document_no}
        return row.document_no or "—"


@admin.register(Stock)
class StockAdmin(ReadOnly, admin.ModelAdmin):
    list_display = fields = readonly_fields = ["listing", "there", "promised"]
    list_select_related = ["listing"]
    sortable_by = []
    search_fields = ["listing__no__exact"]
    search_help_text = _("Number of the listing")
    there, promised = amount("on_hand", _("on hand")), amount("reserved", _("reserved"))


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
