"""Facts, deliveries and deadlines to look at, never to change; the working calendar to keep."""

import json

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from . import queries, services
from .clock import now
from .desks import ChoiceFilter, ReadOnly, ReadOnlyAdmin, column
from .models import CalendarDay, ChainHead, Deadline, Delivery, Fact, RequestKey

__all__ = ["ChoiceFilter", "ReadOnly", "ReadOnlyAdmin", "column"]  # other rooms may take them from kernel.desks


class AboutSearch:
    """Search by `kind:number` as the column shows it, or accounts.enterprise:7, which the index answers, or by a name."""

    search_fields = ["subject_id__exact"]
    search_help_text = _("Subject or name, for example accounts.enterprise:7")
    named = ""

    def get_search_results(self, request, queryset, search_term):
        kind, colon, number = search_term.strip().partition(":")
        if not kind:
            return queryset, False
        about = {"subject_type": queries.subject_type_named(kind), "subject_id": number.strip()}
        return queryset.filter(**(about if colon else {self.named: kind})), False

    @admin.display(description=_("subject"))
    def about(self, row):
        return f"{queries.subject_kind(row.subject_type)}:{row.subject_id}"


class By:
    """Who did it, in words."""

    @admin.display(description=_("by"))
    def who(self, fact):
        return queries.actor_label(fact.actor_kind)

    @admin.display(description=_("acting for"))
    def firm(self, fact):
        return queries.chain_label(fact.acting_for)


def recipient(delivery):
    return queries.handler_label(delivery.handler)


recipient.short_description = _("recipient")


class DeliveryInline(ReadOnly, admin.TabularInline):
    model = Delivery
    fields = [recipient, "attempts", "due_at", "done_at", "dead_at"]
    readonly_fields = [recipient]
    ordering = ["id"]


@admin.register(Fact)
class FactAdmin(AboutSearch, By, ReadOnlyAdmin):
    list_display = ["label", "at", "about", "who", "actor_user_id", "firm"]
    named = "name"
    ordering = ["-id"]
    sortable_by = []
    fields = [
        "label", "at", "who", "actor_user_id", "firm", "about", "before_and_after", "told", "name", "request_id", "details", "content_hash",
    ]  # fmt: skip
    readonly_fields = ["label", "who", "firm", "about", "before_and_after", "told", "details"]
    inlines = [DeliveryInline]

    @admin.display(description=_("what happened"))
    def label(self, fact):
        return queries.fact_label(fact.name)

    @admin.display(description=_("before and after"))
    def before_and_after(self, fact):
        rows = [(row["field"], row["before"], row["after"]) for row in queries.change_labels(fact)]
        return format_html_join("", "<p>{}: {} → {}</p>", rows) or "-"

    @admin.display(description=_("told to"))
    def told(self, fact):
        return _chains_in_words(fact.links.order_by("chain").values_list("chain", flat=True))

    @admin.display(description=_("record"))
    def details(self, fact):
        return format_html("<pre>{}</pre>", json.dumps(fact.payload, ensure_ascii=False, indent=1))


def _chains_in_words(chains):
    return ", ".join(str(queries.chain_label(chain)) for chain in chains) or "-"


class DeliveryState(ChoiceFilter):
    title, parameter_name = _("progress"), "progress"
    words = (("open", _("Failed or waiting")), ("dead", _("Failed")))

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(done_at=None) if self.value() == "open" else queryset.exclude(dead_at=None)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = [recipient, "news", "attempts", "due_at", "done_at", "dead_at"]
    list_filter = [DeliveryState]
    list_select_related = ["fact"]
    ordering = [F("dead_at").asc(nulls_last=True), "due_at", "id"]  # what was given up stands first
    sortable_by = []
    fields = [recipient, "news", "attempts", "due_at", "done_at", "dead_at", "handler", "error"]
    readonly_fields = [recipient, "news"]
    change_list_template = "kernel/admin/delivery_list.html"

    @admin.display(description=_("fact"))
    def news(self, delivery):
        return format_html('<a href="{}">{}</a>', reverse("admin:kernel_fact_change", args=[delivery.fact_id]), delivery.fact)

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
class DeadlineAdmin(AboutSearch, ReadOnlyAdmin):
    list_display = ["promise", "about", "started_at", "due_at", "late", "paused_at", "met_at", "cancelled_at", "fired_at"]
    named = "policy"
    list_filter = [DeadlineState]
    ordering = ["due_at", "id"]
    sortable_by = []
    fields = ["promise", "consequence", "about", "told", "started_at", "due_at", "paused_at", "met_at", "cancelled_at", "fired_at"]
    readonly_fields = ["promise", "consequence", "about", "told"]

    @admin.display(description=_("promise"))
    def promise(self, deadline):
        return queries.policy_label(deadline.policy)

    @admin.display(description=_("when it runs out"))
    def consequence(self, deadline):
        return queries.policy_consequence(deadline.policy)

    @admin.display(description=_("told to"))
    def told(self, deadline):
        return _chains_in_words(deadline.chains)

    @admin.display(description=_("late"), boolean=True)
    def late(self, deadline):
        return bool(deadline.fired_at) or (deadline.open and not deadline.paused_at and deadline.due_at <= now())


@admin.register(ChainHead)
class ChainHeadAdmin(ReadOnlyAdmin):
    list_display = ["whose", "seq", "hash"]
    ordering = ["chain"]
    sortable_by = []
    search_fields = ["chain__exact"]
    search_help_text = _("Chain, for example enterprise:7")
    fields = ["whose", "chain", "seq", "hash"]
    readonly_fields = ["whose"]

    @admin.display(description=_("whose"))
    def whose(self, head):
        return queries.chain_label(head.chain)


@admin.register(RequestKey)
class RequestKeyAdmin(ReadOnlyAdmin):
    list_display = ["act", "created_at", "actor_user_id", "result_id"]
    ordering = ["-id"]
    sortable_by = []
    search_fields = ["key__exact"]
    search_help_text = _("The form's key")
    fields = ["act", "created_at", "actor_user_id", "result_id", "verb", "inputs_hash"]
    readonly_fields = ["act"]

    @admin.display(description=_("act"))
    def act(self, row):
        return queries.handler_label(row.verb)


@admin.register(CalendarDay)
class CalendarDayAdmin(admin.ModelAdmin):
    list_display = ["day", "name", "working", "provisional"]
    list_filter = ["provisional", "working"]
    date_hierarchy = "day"
    ordering = ["-day"]
    fields = ["day", "name", "working", "provisional"]
    actions = None  # one day at a time, so that each change is a fact

    def get_readonly_fields(self, request, obj=None):
        return ["day"] if obj else []

    def save_model(self, request, obj, form, change):
        services.set_calendar_day(obj.day, working=obj.working, name=obj.name, provisional=obj.provisional, actor=request.actor)

    def delete_model(self, request, obj):
        services.remove_calendar_day(obj.day, actor=request.actor)
