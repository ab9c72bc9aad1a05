"""The reviewers' desk: what waits, most urgent first; old and new side by side; decisions with reasons; imports; taking down (H52, H53)."""

from django.conf import settings
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from accounts.queries import in_green_order
from kernel.desks import ChoiceFilter, ReadOnly
from kernel.refusals import Refusal
from kernel.templatetags.ui import clock, when

from . import queries, rules, services
from .forms import new_key
from .forms.reviews import BatchForm, ReviewForm, TakedownForm
from .models import Listing, Media
from .permissions import REVIEW_LISTING
from .states import LISTING

DECIDED = ("in_review", "applied", "rejected")


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("waiting", _("Waits for a review")), *((state, LISTING.labels[state]) for state in LISTING.states if state != "discarded"))

    def queryset(self, request, queryset):
        if self.value() == "waiting":
            return queryset.filter(waiting=True)
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


class Sort(ChoiceFilter):
    title, parameter_name = _("kind"), "sort"
    words = (("any", _("New listings and changes")), ("new", _("New listings")), ("change", _("Changes of goods approved before")))

    def queryset(self, request, queryset):
        first = {"new": True, "change": False}.get(self.value())
        return queryset if first is None else queryset.filter(published_at__isnull=first)


class Reviewed:
    """Whoever reviews listings may open it."""

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(REVIEW_LISTING)

    def has_module_permission(self, request):
        return self.has_view_permission(request)


@admin.register(Listing)
class ListingAdmin(Reviewed, ReadOnly, SimpleHistoryAdmin):
    list_display = ["no", "title", "what", "due", "seller", "category", "shown_state", "waiting_since", "bundle"]
    list_filter = [Stage, Sort]
    list_select_related = ["seller", "category"]
    sortable_by = []
    search_fields = ["no__exact", "batch__exact"]
    search_help_text = _("Number of the listing or of the import")

    def get_queryset(self, request):
        return in_green_order(queries.review_queue(request.actor), queue="listings", moment="submitted_at", enterprise="seller_id")

    def get_ordering(self, request):
        return ["queue_place", "id"]  # the order of the clocks, VIP companies some hours earlier (H59)

    @admin.display(description=_("title"))
    def title(self, listing):
        return listing.title

    @admin.display(description=_("kind"))
    def what(self, listing):
        return _("change") if listing.published_at else _("new")

    @admin.display(description=_("state"))
    def shown_state(self, listing):
        return listing.get_state_display()

    @admin.display(description=pgettext_lazy("listing", "review due"))
    def due(self, listing):
        return clock(listing.review_due_at, listing.submitted_at) or "—" if listing.waiting else "—"

    @admin.display(description=pgettext_lazy("listing", "waiting since"))
    def waiting_since(self, listing):
        return when(listing.submitted_at) if listing.waiting else "—"

    @admin.display(description=_("import"))
    def bundle(self, listing):
        if not listing.batch:
            return "—"
        return format_html('<a href="batch/{}/{}/">{}</a>', listing.seller_id, listing.batch, listing.batch)

    def get_urls(self):
        view = self.admin_site.admin_view(self.batch_view)
        return [path("batch/<int:seller>/<slug:batch>/", view, name="catalog_listing_batch"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What the seller wrote beside what is on sale, and the decision."""
        listing = queries.listing_for_review(request.actor, object_id)
        revision = queries.open_revision_of(listing) if listing.published_at else None
        if revision and revision.state not in DECIDED:
            revision = None  # a draft is its seller's own
        rows = self._rows(listing, revision)
        down = TakedownForm(request.POST if request.POST.get("decision") == "take_down" else None, auto_id="down_%s")
        names = [row["name"] for row in rows]
        form = ReviewForm(request.POST if request.POST.get("decision") in ("approve", "reject") else None, names=names)
        status, problem = 200, ""
        if request.method == "POST":
            acted, status = (down if down.is_bound else form), 422
            if acted.is_valid():
                try:
                    return self._decide(request, listing, acted)
                except Refusal as refusal:
                    problem, status = ("" if refusal.code == "reason_missing" else str(refusal)), refusal.status
                    if not problem:
                        acted.add_error("reason", str(refusal))
        return self._page(request, listing, revision, rows, form, down, problem, status)

    def _rows(self, listing, revision):
        said = rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in rules.COLUMNS})
        live = (said, listing.category)
        old, new = (live, (revision.said, revision.category)) if revision else (None, live)
        rows = queries.side_by_side(old, new)
        found = rules.claims_of({row["name"]: row["new"] for row in rows if isinstance(row["new"], str)})
        for row in rows:
            row["claims"] = found.get(row["name"], [])
        return sorted(rows, key=lambda row: not (row["changed"] or row["claims"]))  # what has to be read is on top

    def _page(self, request, listing, revision, rows, form, down, problem, status):
        said = revision.said if revision else None
        terms = said or rules.Terms(price=listing.price, **{name: getattr(listing, name) for name in rules.COLUMNS})
        problems = [problem] if problem else []
        if form.is_bound:
            problems += [error for name in ("__all__", "request_key", "version", "decision") for error in form.errors.get(name, ())]
        for row in rows:
            row["field"] = form[f"field_{row['name']}"]
        context = {
            **self.admin_site.each_context(request), "title": listing.no, "listing": listing, "revision": revision, "rows": rows,
            "form": form, "down": down, "opts": self.opts, "keys": [new_key() for _n in range(3)], "problems": problems,
            "version": revision.version if revision else listing.version, "media": terms.media,
            "old_keys": [item["key"] for item in listing.media] if revision else [], "history": queries.versions_of(listing),
            "warning": rules.value_warning(terms, settings.FAIR_VALUE_PERCENT),
            "reasons": revision.reasons if revision else listing.reasons,
        }  # fmt: skip
        return TemplateResponse(request, "catalog/admin/listing_review.html", context, status=status)

    def _decide(self, request, listing, form):
        asked, actor = form.cleaned_data, request.actor
        if "version" not in asked:
            services.take_listing_down(listing.no, actor=actor, reason=asked["reason"], request_key=asked["request_key"])
            messages.success(request, _("%(no)s is off sale; its seller reads why.") % {"no": listing.no})
        elif asked["decision"] == "approve":
            services.approve_listing(listing.no, actor=actor, version=asked["version"], request_key=asked["request_key"])
            messages.success(request, _("%(no)s is on sale now.") % {"no": listing.no})
        else:
            services.reject_listing(
                listing.no, actor=actor, version=asked["version"], reason=asked["reason"], codes=asked["ready"],
                fields=form.field_reasons(), request_key=asked["request_key"],
            )  # fmt: skip
            messages.success(request, _("%(no)s is sent back to its seller.") % {"no": listing.no})
        return redirect("admin:catalog_listing_changelist")

    def batch_view(self, request, seller, batch):
        """Listings that came with one import of one seller, read together and approved together."""
        rows = queries.waiting_batch(request.actor, batch, seller)
        choices = [f"{row.no}:{row.version}" for row in rows]
        form, problem = BatchForm(request.POST or None, choices=choices), ""
        if request.method == "POST" and form.is_valid():
            try:
                n = services.approve_batch(
                    batch, seller_id=seller, versions=form.versions(), actor=request.actor, request_key=form.cleaned_data["request_key"]
                )  # fmt: skip
            except Refusal as refusal:
                problem = str(refusal)
            else:
                said = ngettext("%(n)s listing is on sale now.", "%(n)s listings are on sale now.", n) % {"n": n}
                messages.success(request, said)
                return redirect("admin:catalog_listing_changelist")
        elif request.method == "POST":
            problem = str(_("These listings did not all come with this import. Open the queue again."))
        for row, choice in zip(rows, choices, strict=True):
            row.choice = choice
        context = {
            **self.admin_site.each_context(request), "title": batch, "rows": rows, "batch": batch, "opts": self.opts, "key": new_key(),
            "problem": problem, "seller": rows[0].seller,
        }  # fmt: skip
        return TemplateResponse(request, "catalog/admin/listing_batch.html", context, status=422 if problem else 200)


@admin.register(Media)
class MediaAdmin(Reviewed, ReadOnly, admin.ModelAdmin):
    """What sellers have sent, and which listings show it."""

    list_display = fields = readonly_fields = ["file_name", "kind", "enterprise", "size", "pixels", "created_at", "where"]
    list_filter = ["kind"]
    list_select_related = ["enterprise"]
    ordering = ["-id"]
    sortable_by = []
    search_fields = ["key__exact"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(uses__isnull=False).distinct().prefetch_related("uses__listing")

    @admin.display(description=_("size of the file"))
    def size(self, media):
        return filesizeformat(media.size_bytes)

    @admin.display(description=_("width × height"))
    def pixels(self, media):
        return f"{media.width} × {media.height}" if media.width else "—"

    @admin.display(description=_("listings"))
    def where(self, media):
        return format_html_join(", ", "{}", ((use.listing.no,) for use in media.uses.all())) or "—"
