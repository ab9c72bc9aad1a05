"""The queue of customer service, oldest open request first."""

from functools import partial

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from kernel.desks import Desk

from . import queries, services
from .forms import AnswerForm, CloseForm, new_key
from .models import ServiceRequest
from .permissions import ANSWER_REQUEST


@admin.register(ServiceRequest)
class ServiceRequestAdmin(Desk):
    list_display = ["no", "topic", "subject", "state", "enterprise", "created_at"]
    list_filter = ["state", "topic"]
    list_select_related = ["enterprise"]
    search_fields = ["no__exact"]
    search_help_text = _("Number of the request")
    permission, opens_on = ANSWER_REQUEST, "state__exact=open"

    def get_queryset(self, request):
        return queries.every_request(request.actor)

    def get_ordering(self, request):
        return ["queue_place", "id"]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One request: what was asked, what was answered, and the next answer."""
        asked = queries.request_for_staff(request.actor, object_id)
        form, status = AnswerForm(initial={"request_key": new_key()}), 200
        if request.method == "POST":
            form, act = (CloseForm(request.POST), self._close) if "close" in request.POST else (AnswerForm(request.POST), self._answer)
            done, status = self.decide(form, partial(act, request, asked))
            if done:
                return done
        shown = form if isinstance(form, AnswerForm) else AnswerForm(initial={"request_key": new_key()})
        return self.page(
            request, "helpdesk/admin/request.html", title=asked.no, status=status, asked=asked, form=shown, refused=form.non_field_errors(),
            close_key=new_key(),
        )  # fmt: skip

    def _answer(self, request, asked, **answer):
        services.answer_request(asked.pk, actor=request.actor, **answer)
        messages.success(request, _("The answer to %(no)s is on its way.") % {"no": asked.no})
        return redirect("admin:helpdesk_servicerequest_changelist")

    def _close(self, request, asked, **key):
        services.close_request(asked.pk, actor=request.actor, **key)
        messages.success(request, _("%(no)s is closed.") % {"no": asked.no})
        return redirect("admin:helpdesk_servicerequest_changelist")
