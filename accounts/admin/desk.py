"""The qualification desk and the staff's list of people; everything here is read, and decided by services only."""

from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from kernel.clock import now
from kernel.desks import ChoiceFilter, ReadOnly
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file
from kernel.templatetags.ui import absolute

from .. import queries, services
from ..forms.keyed import new_key
from ..forms.review import DecisionForm
from ..models import Enterprise, QualificationDocument
from ..rules import COMPARED, COUNTRIES, compared_fields, licence_problem
from ..states import ENTERPRISE

WAITING = ("submitted", "under_review")
KINDS = [kind for kind, _label in QualificationDocument.KINDS]
SEE_PAPERS, REVIEW, CHANGE_PEOPLE = "accounts.view_qualificationdocument", "accounts.review_enterprise", "accounts.change_user"


class Stage(ChoiceFilter):
    title, parameter_name = _("state"), "stage"
    words = (("waiting", _("Waiting for review")), *ENTERPRISE.labels.items())

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=WAITING if self.value() == "waiting" else [self.value()])


class Version(HistoricalRecordContextHelper):
    """One version of an enterprise beside the one before, in words."""

    def prepare_delta_change_value(self, change, value):
        words = dict(self.model._meta.get_field(change.field).flatchoices)
        if isinstance(value, datetime):
            return absolute(value)
        return "—" if value in (None, "") else words.get(value, value)


@admin.register(Enterprise)
class EnterpriseAdmin(ReadOnly, SimpleHistoryAdmin):
    list_display = ["name", "number", "shown_state", "due", "waiting_since"]
    list_filter = [Stage]
    search_fields = ["registration_no__exact", "handle__exact", "name__startswith"]
    search_help_text = _("Registration number, handle or beginning of the name")
    sortable_by = []
    object_history_list_template = "accounts/admin/versions.html"

    def get_historical_record_context_helper(self, request, historical_record):
        return Version(self.model, historical_record)

    def get_queryset(self, request):
        return queries.review_queue(request.actor)

    def get_ordering(self, request):
        return [F("review_due_at").asc(nulls_last=True), F("waiting_since").asc(nulls_last=True), "-pk"]

    def get_urls(self):
        paper = self.admin_site.admin_view(self.paper_view)
        return [path("papers/<int:paper_id>/", paper, name="accounts_enterprise_paper"), *super().get_urls()]

    @admin.display(description=_("registration number"))
    def number(self, enterprise):
        abroad = "" if enterprise.country == "CN" else f"{enterprise.country} "
        return abroad + enterprise.registration_no

    @admin.display(description=_("state"))
    def shown_state(self, enterprise):
        return render_to_string("accounts/admin/_state.html", {"enterprise": enterprise})

    @admin.display(description=_("review due"))
    def due(self, enterprise):
        return render_to_string("accounts/admin/_due.html", {"enterprise": enterprise}) if enterprise.state in WAITING else "—"

    @admin.display(description=_("waiting since"))
    def waiting_since(self, enterprise):
        return render_to_string("accounts/admin/_since.html", {"enterprise": enterprise}) if enterprise.state in WAITING else "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The desk: what the company entered beside the papers it handed in, a verdict on each field, and the decision."""
        enterprise = queries.enterprise_under_review(request.actor, row_number(object_id))
        standing, same = queries.verdicts_on_registration(enterprise), queries.same_code(enterprise)
        form = DecisionForm(request.POST or None, lines=_lines(enterprise), standing=standing)
        status = 422 if request.method == "POST" else 200
        if request.method == "POST" and form.is_valid():
            try:
                return self._decide(request, enterprise, form)
            except Refusal as refusal:
                form.place(refusal)
                status = refusal.status
        context = {
            **self.admin_site.each_context(request), "title": enterprise.name, "opts": self.opts, "enterprise": enterprise, "form": form,
            "seen": queries.handed_in_at(enterprise), "key": new_key(), "waiting": enterprise.state in WAITING,
            "country": COUNTRIES.get(enterprise.country, enterprise.country), "same_code": same, "alike": queries.look_alikes(enterprise),
            "may_decide": request.actor.can_staff(REVIEW), "may_see_papers": request.actor.can_staff(SEE_PAPERS),
            "papers": sorted(queries.papers_of(enterprise), key=lambda paper: KINDS.index(paper.kind)),
            "may_see_people": request.actor.can_staff("accounts.view_user"),
            "expired": licence_problem(enterprise.licence_expires_on, localdate(now())), "standing": standing,
        }  # fmt: skip
        return TemplateResponse(request, "accounts/admin/desk.html", context, status=status)

    def _decide(self, request, enterprise, form):
        asked = form.cleaned_data
        named, given = {"name": enterprise.name}, {"actor": request.actor, "request_key": asked["request_key"], "seen": asked["seen"]}
        if asked["decision"] == "take_up":
            services.take_up_review(enterprise.pk, **given)
            messages.success(request, _("You are reviewing %(name)s.") % named)
            return redirect("admin:accounts_enterprise_change", enterprise.pk)
        if asked["decision"] == "compare":
            services.compare_enterprise(enterprise.pk, form.verdicts(), **given)
            messages.success(request, _("The verdicts are kept; nothing is decided yet."))
            return redirect("admin:accounts_enterprise_change", enterprise.pk)
        if asked["decision"] == "approve":
            services.approve_enterprise(enterprise.pk, verdicts=form.verdicts(), **given)
            messages.success(request, _("%(name)s is verified and may trade now.") % named)
        elif asked["decision"] == "ask":
            services.ask_again(enterprise.pk, verdicts=form.verdicts(), **given)
            messages.success(request, _("%(name)s is sent back to be corrected.") % named)
        else:
            services.reject_enterprise(enterprise.pk, reason=asked["reason"], **given)
            messages.success(request, _("%(name)s is sent back to be corrected.") % named)
        return redirect("admin:accounts_enterprise_changelist")

    def paper_view(self, request, paper_id):
        """Open one paper; the service writes down who did."""
        if not request.actor.can_staff(SEE_PAPERS):
            raise PermissionDenied
        document, _content = services.view_paper(paper_id, actor=request.actor)
        return private_file(document, inline=True)


def _lines(enterprise) -> list[tuple]:
    """What is compared with the papers: (field, label, entered value, paper)."""
    papers = dict(QualificationDocument.KINDS)
    lines = []
    for name in compared_fields(enterprise):
        value = getattr(enterprise, name)
        if name == "licence_expires_on":
            value = absolute(value) if value else _("No end date")
        lines.append((name, capfirst(enterprise._meta.get_field(name).verbose_name), value, papers[COMPARED[name]]))
    return lines


def row_number(object_id) -> int:
    """The primary key in an admin address; raises NotFound for anything else."""
    if not str(object_id).isdecimal() or len(str(object_id)) > 18:
        raise NotFound()
    return int(object_id)
