"""The mediators' desk: complaints waiting longest on top; taken up and closed by services only."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal
from kernel.templatetags.ui import clock

from . import queries, services
from .forms import AcknowledgeForm, CloseForm
from .models import Complaint
from .permissions import HANDLE_COMPLAINT


@admin.register(Complaint)
class ComplaintAdmin(admin.ModelAdmin):
    list_display = ["no", "order", "opened_by", "other", "claimed_class", "complaint_class", "state", "opened_at", "taken_up_by"]
    list_filter = ["state", "complaint_class"]
    list_select_related = ["order", "opened_by", "other"]
    ordering = ["opened_at", "id"]
    search_fields = ["no__exact", "order__no__exact"]
    search_help_text = _("Number of the complaint or of the order")
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(HANDLE_COMPLAINT)

    def has_module_permission(self, request):
        return request.user.has_perm(HANDLE_COMPLAINT)

    def get_queryset(self, request):
        return queries.with_clock(super().get_queryset(request))

    @admin.display(description=_("to be taken up by"))
    def taken_up_by(self, complaint):
        if complaint.state != "open":
            return ""
        return clock(complaint.due_at, complaint.opened_at) if complaint.due_at else _("overdue")

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return redirect(f"{request.path}?state__exact=open")
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One complaint: what was said, and the next step."""
        complaint = queries.complaint_for_desk(request.actor, object_id)
        kind = CloseForm if complaint.state == "acknowledged" else AcknowledgeForm
        form = kind(request.POST if request.method == "POST" else None, initial={"complaint_class": complaint.claimed_class})
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    return self._step(request, complaint, form)
                except Refusal as refusal:
                    form.add_error(None, str(refusal))
                    status = refusal.status
        context = {
            **self.admin_site.each_context(request), "title": complaint.no, "opts": self.opts, "complaint": complaint, "form": form,
            "clock": queries.clocks_of([complaint]).get(complaint.pk),
        }  # fmt: skip
        return TemplateResponse(request, "disputes/admin/complaint.html", context, status=status)

    def _step(self, request, complaint, form):
        if complaint.state == "acknowledged":
            services.close_complaint(complaint.pk, actor=request.actor, **form.cleaned_data)
            messages.success(request, _("%(no)s is closed; both parties are told.") % {"no": complaint.no})
        else:
            services.acknowledge_complaint(complaint.pk, actor=request.actor, **form.cleaned_data)
            messages.success(request, _("%(no)s is taken up; both parties are told.") % {"no": complaint.no})
        return redirect("admin:disputes_complaint_change", complaint.pk)
