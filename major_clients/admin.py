"""The account managers' desk: who waits longest is on top; decided by services only."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal

from . import queries, services
from .forms import DecisionForm
from .models import ChannelApplication
from .permissions import DECIDE_APPLICATION


@admin.register(ChannelApplication)
class ChannelApplicationAdmin(admin.ModelAdmin):
    list_display = ["no", "enterprise", "deal_class", "shown_volume", "has_debt", "unclear_regulation", "state", "submitted_at"]
    list_filter = ["state", "deal_class"]
    list_select_related = ["enterprise"]
    ordering = ["submitted_at", "id"]
    search_fields = ["no__exact"]
    search_help_text = _("Number of the application")
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(DECIDE_APPLICATION)

    def has_module_permission(self, request):
        return request.user.has_perm(DECIDE_APPLICATION)

    @admin.display(description=_("volume a year"), ordering="volume_minor")
    def shown_volume(self, application):
        return application.volume

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return redirect(f"{request.path}?state__exact=submitted")
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One application and the decision on it."""
        application = queries.application_for_desk(request.actor, object_id)
        form, status = DecisionForm(request.POST if request.method == "POST" else None), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    return self._decide(request, application, form.cleaned_data)
                except Refusal as refusal:
                    form.add_error(None, str(refusal))
                    status = refusal.status
        context = {
            **self.admin_site.each_context(request),
            "title": application.no,
            "opts": self.opts,
            "application": application,
            "form": form,
        }
        return TemplateResponse(request, "major_clients/admin/application.html", context, status=status)

    def _decide(self, request, application, asked):
        if asked["decision"] == "accept":
            services.accept_application(application.pk, actor=request.actor, reason=asked["reason"])
            messages.success(request, _("%(no)s is accepted; the applicant is told.") % {"no": application.no})
        else:
            services.decline_application(application.pk, actor=request.actor, reason=asked["reason"])
            messages.success(request, _("%(no)s is declined; the applicant is told.") % {"no": application.no})
        return redirect("admin:major_clients_channelapplication_changelist")
