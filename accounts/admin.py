"""The qualification desk and the staff's list of people; everything here is read, and decided by services only."""

from datetime import datetime

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from kernel.desks import ChoiceFilter, ReadOnly
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file

from . import queries, services
from .forms.keyed import new_key
from .forms.review import GROUP_LABELS, DecisionForm, StaffForm
from .models import Enterprise, User
from .rules import COUNTRIES
from .states import ENTERPRISE

WAITING = ("submitted", "under_review")
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
            return date_format(localtime(value), "Y-m-d H:i")
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
        """The desk: what the company entered beside the papers it handed in, and the decision."""
        enterprise = queries.enterprise_under_review(request.actor, _number(object_id))
        form, status = DecisionForm(request.POST or None), 422 if request.method == "POST" else 200
        if request.method == "POST" and form.is_valid():
            try:
                return self._decide(request, enterprise, form.cleaned_data)
            except Refusal as refusal:
                form.add_error("reason" if refusal.code == "reason_missing" else None, str(refusal))
                status = refusal.status
        context = {
            **self.admin_site.each_context(request), "title": enterprise.name, "opts": self.opts, "enterprise": enterprise, "form": form,
            "seen": queries.handed_in_at(enterprise), "key": new_key(), "waiting": enterprise.state in WAITING,
            "country": COUNTRIES.get(enterprise.country, enterprise.country),
            "may_decide": request.actor.can_staff(REVIEW), "may_see_papers": request.actor.can_staff(SEE_PAPERS),
            "papers": queries.papers_of(enterprise), "may_see_people": request.actor.can_staff("accounts.view_user"),
        }  # fmt: skip
        return TemplateResponse(request, "accounts/admin/desk.html", context, status=status)

    def _decide(self, request, enterprise, asked):
        named, given = {"name": enterprise.name}, {"actor": request.actor, "request_key": asked["request_key"], "seen": asked["seen"]}
        if asked["decision"] == "take_up":
            services.take_up_review(enterprise.pk, **given)
            messages.success(request, _("You are reviewing %(name)s.") % named)
            return redirect("admin:accounts_enterprise_change", enterprise.pk)
        if asked["decision"] == "approve":
            services.approve_enterprise(enterprise.pk, **given)
            messages.success(request, _("%(name)s is verified and may trade now.") % named)
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


def _number(object_id) -> int:
    if not str(object_id).isdecimal() or len(str(object_id)) > 18:
        raise NotFound()
    return int(object_id)


@admin.register(User)
class UserAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["username", "display_name", "email", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email__exact", "username__exact"]
    search_help_text = _("E-mail address or user name")
    ordering = ["-id"]
    sortable_by = []

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One person: where they belong, their staff rights, and the link for a new password; nobody chooses it for them."""
        person = queries.person_for_staff(request.actor, _number(object_id))
        act = request.POST.get("act", "")
        rights = {"is_staff": person.is_staff, "groups": [group.name for group in person.groups.all()]}
        form = StaffForm(request.POST if act == "rights" else None, initial=rights, names=queries.staff_groups())
        refusal, status = "", 422 if request.method == "POST" else 200
        if act == "reset" or (act == "rights" and form.is_valid()):
            try:
                return self._act(request, person, act, form)
            except Refusal as refused:
                refusal, status = str(refused), refused.status
        context = {
            **self.admin_site.each_context(request), "title": str(person), "opts": self.opts, "person": person, "form": form,
            "held": [GROUP_LABELS.get(name, name) for name in rights["groups"]],
            "key": new_key(), "refusal": refusal,
            "may_change": request.actor.can_staff(CHANGE_PEOPLE) and person.pk != request.actor.user_id,
        }  # fmt: skip
        return TemplateResponse(request, "accounts/admin/person.html", context, status=status)

    def _act(self, request, person, act, form):
        if act == "reset":
            email = services.note_reset_link(person.pk, actor=request.actor, request_key=request.POST.get("request_key", ""))
            mail = ResetPasswordForm({"email": email})  # of an empty address, when it was sent before, it sends nothing
            if mail.is_valid():
                mail.save(request)
            messages.success(request, _("A link for a new password is on its way to the person's own address."))
        else:
            services.set_staff(person.pk, **form.cleaned_data, actor=request.actor)
            messages.success(request, _("The staff rights are changed; they count from the next page on."))
        return redirect(reverse("admin:accounts_user_change", args=[person.pk]))
