"""The queue of customer service, oldest open request first."""

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from kernel.refusals import Refusal

from . import queries, services
from .forms import AnswerForm, new_key
from .models import ServiceRequest
from .permissions import ANSWER_REQUEST


@admin.register(ServiceRequest)
class ServiceRequestAdmin(admin.ModelAdmin):
    list_display = ["no", "topic", "subject", "state", "enterprise", "created_at"]
    list_filter = ["state", "topic"]
    list_select_related = ["enterprise"]
    ordering = ["created_at", "id"]
    search_fields = ["no__exact"]
    search_help_text = _("Number of the request")
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(ANSWER_REQUEST)

    def has_module_permission(self, request):
        return request.user.has_perm(ANSWER_REQUEST)

    def changelist_view(self, request, extra_context=None):
        if not request.GET:
            return redirect(f"{request.path}?state__exact=open")
        return super().changelist_view(request, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One request: what was asked, what was answered, and the next answer."""
        asked = queries.request_for_staff(request.actor, object_id)
        closing = "close" in request.POST
        form = AnswerForm(request.POST if request.method == "POST" and not closing else None, initial={"request_key": new_key()})
        refusal = ""
        if closing or (request.method == "POST" and form.is_valid()):
            try:
                return self._decide(request, asked, form, closing)
            except Refusal as refused:
                refusal = str(refused)
        context = {
            **self.admin_site.each_context(request),
            "title": asked.no,
            "asked": asked,
            "form": form,
            "refusal": refusal,
            "opts": self.opts,
        }
        status = 422 if refusal or form.errors else 200
        return TemplateResponse(request, "helpdesk/admin/request.html", context, status=status)

    def _decide(self, request, asked, form, closing: bool):
        if closing:
            services.close_request(asked.pk, actor=request.actor)
            messages.success(request, _("%(no)s is closed.") % {"no": asked.no})
        else:
            services.answer_request(asked.pk, actor=request.actor, **form.cleaned_data)
            messages.success(request, _("The answer to %(no)s is on its way.") % {"no": asked.no})
        return redirect("admin:helpdesk_servicerequest_changelist")
