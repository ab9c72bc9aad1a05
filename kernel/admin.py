"""Facts, deliveries and deadlines to look at, never to change; the working calendar to keep."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import queries, services
from .clock import now
from .models import CalendarDay, Deadline, Delivery, Fact
from .paging import CappedPaginator


class ReadOnly:
    show_full_result_count = False
    list_per_page = 50
    paginator = CappedPaginator
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def column(name, label):
    """A column of the table under a heading for people: the engine's fields have no names in their language."""

    @admin.display(description=label)
    def show(row):
        return getattr(row, name)

    show.__name__ = name
    return show


AT, DUE, DONE = column("at", _("time")), column("due_at", _("due")), column("done_at", _("delivered"))
DEAD, TRIES, HANDLER = column("dead_at", _("given up")), column("attempts", _("attempts")), column("handler", _("recipient"))
STARTED, PAUSED, MET = column("started_at", _("started")), column("paused_at", _("paused")), column("met_at", _("met"))
CANCELLED, FIRED = column("cancelled_at", _("cancelled")), column("fired_at", _("breached"))


class ChoiceFilter(admin.SimpleListFilter):
    """A filter of fixed words that stands on its first word until another is chosen; `all` lifts it."""

    words: tuple = ()

    def lookups(self, request, model_admin):
        return [*self.words, ("all", _("All"))]

    def value(self):
        return super().value() or self.words[0][0]

    def choices(self, changelist):
        for word, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: word})
            yield {"selected": self.value() == word, "query_string": query, "display": label}


class AboutSearch:
    """Search by `subject type:id`, for example accounts.enterprise:7, which the index answers, or by a name."""

    search_fields = ["subject_id__exact"]
    search_help_text = _("Subject or name, for example accounts.enterprise:7")
    named = ""

    def get_search_results(self, request, queryset, search_term):
        kind, colon, number = search_term.strip().partition(":")
        if not kind:
            return queryset, False
        wanted = {"subject_type": kind, "subject_id": number} if colon else {self.named: kind}
        return queryset.filter(**wanted), False

    @admin.display(description=_("subject"))
    def about(self, row):
        return f"{row.subject_type}:{row.subject_id}"


class DeliveryInline(ReadOnly, admin.TabularInline):
    model = Delivery
    fields = ["handler", "attempts", "due_at", "done_at", "dead_at"]
    ordering = ["id"]


@admin.register(Fact)
class FactAdmin(AboutSearch, ReadOnly, admin.ModelAdmin):
    list_display = [
        "label", AT, column("name", _("fact name")), "about", column("actor_kind", _("by")), column("actor_user_id", _("person")),
        column("acting_for", _("acting for")),
    ]  # fmt: skip
    named = "name"
    ordering = ["-id"]
    sortable_by = []
    fields = [
        "label", "name", "at", "actor_kind", "actor_user_id", "acting_for", "request_id", "about", "payload", "changes", "content_hash",
    ]  # fmt: skip
    readonly_fields = ["label", "about"]
    inlines = [DeliveryInline]

    @admin.display(description=_("what happened"))
    def label(self, fact):
        return queries.fact_label(fact.name)


class DeliveryState(ChoiceFilter):
    title, parameter_name = _("progress"), "progress"
    words = (("open", _("Failed or waiting")), ("dead", _("Failed")))

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(done_at=None) if self.value() == "open" else queryset.exclude(dead_at=None)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [HANDLER, "fact", TRIES, DUE, DONE, DEAD]
    list_filter = [DeliveryState]
    list_select_related = ["fact"]
    ordering = [F("dead_at").asc(nulls_last=True), "due_at", "id"]  # what was given up stands first
    sortable_by = []
    fields = ["handler", "fact", "attempts", "due_at", "done_at", "dead_at", "error"]
    change_list_template = "kernel/admin/delivery_list.html"

    def get_urls(self):
        revive = self.admin_site.admin_view(self.revive_view)
        return [path("revival/", revive, name="kernel_delivery_revive"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may = request.user.has_perm("kernel.change_delivery")
        return super().changelist_view(request, {**(extra_context or {}), "may_revive": may})

    def revive_view(self, request):
        """Give every delivery that was given up a new start."""
        if not request.user.has_perm("kernel.change_delivery"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        revived = services.revive_dead(actor=request.actor)
        said = ngettext("%(n)s delivery starts again.", "%(n)s deliveries start again.", revived) % {"n": revived}
        messages.success(request, said)
        return redirect("admin:kernel_delivery_changelist")


class DeadlineState(ChoiceFilter):
    title, parameter_name = _("progress"), "progress"
    words = (("running", _("Running")), ("breached", _("Breached")), ("met", _("Met")))

    def queryset(self, request, queryset):
        word = self.value()
        if word == "running":
            return queryset.filter(met_at=None, cancelled_at=None, fired_at=None)
        if word == "breached":
            return queryset.exclude(fired_at=None)
        return queryset.exclude(met_at=None) if word == "met" else queryset


@admin.register(Deadline)
class DeadlineAdmin(AboutSearch, ReadOnly, admin.ModelAdmin):
    list_display = ["promise", "about", STARTED, DUE, "late", PAUSED, MET, CANCELLED, FIRED]
    named = "policy"
    list_filter = [DeadlineState]
    ordering = ["due_at", "id"]
    sortable_by = []
    fields = ["policy", "about", "chains", "started_at", "due_at", "paused_at", "met_at", "cancelled_at", "fired_at"]
    readonly_fields = ["about"]

    @admin.display(description=_("promise"))
    def promise(self, deadline):
        return deadline.policy

    @admin.display(description=_("late"), boolean=True)
    def late(self, deadline):
        return bool(deadline.fired_at) or (deadline.open and not deadline.paused_at and deadline.due_at <= now())


@admin.register(CalendarDay)
class CalendarDayAdmin(admin.ModelAdmin):
    list_display = [column("day", _("day")), column("name", _("holiday")), "works", "expected"]
    list_filter = ["provisional", "working"]
    date_hierarchy = "day"
    ordering = ["-day"]
    fields = ["day", "name", "working", "provisional"]

    @admin.display(description=_("working day"), boolean=True)
    def works(self, day):
        return day.working

    @admin.display(description=_("provisional"), boolean=True)
    def expected(self, day):
        return day.provisional

    def get_readonly_fields(self, request, obj=None):
        return ["day"] if obj else []
