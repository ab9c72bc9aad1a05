"""The mediators' desk: complaints waiting longest on top; taken up and closed by services only."""

from functools import partial

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from kernel.desks import Desk
from kernel.templatetags.ui import clock

from . import queries, services
from .forms import AcknowledgeForm, CloseForm
from .models import Complaint
from .permissions import HANDLE_COMPLAINT


@admin.register(Complaint)
class ComplaintAdmin(Desk):
    list_display = ["no", "order", "opened_by", "other", "claimed_class", "complaint_class", "state", "opened_at", "taken_up_by"]
    list_filter = ["state", "complaint_class"]
    list_select_related = ["order", "opened_by", "other"]
    search_fields = ["no__exact", "order__no__exact"]
    search_help_text = _("Number of the complaint or of the order")
    permission, opens_on = HANDLE_COMPLAINT, "state__exact=open"

    def get_queryset(self, request):
        return queries.every_complaint(request.actor)

    def get_ordering(self, request):
        return ["queue_place", "id"]

    @admin.display(description=_("to be taken up by"))
    def taken_up_by(self, complaint):
        if complaint.state != "open":
            return ""
        return clock(complaint.due_at, complaint.opened_at) if complaint.due_at else _("overdue")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One complaint: what was said, and the next step."""
        complaint = queries.complaint_for_desk(request.actor, object_id)
        kind = CloseForm if complaint.state == "acknowledged" else AcknowledgeForm
        form, status, refused = kind(initial={"complaint_class": complaint.claimed_class}), 200, ()
        if request.method == "POST":
            # What was sent decides, not the state: the same form may arrive again when its step is done.
            sent = (AcknowledgeForm if "complaint_class" in request.POST else CloseForm)(request.POST)
            done, status = self.decide(sent, partial(self._step, request, complaint))
            if done:
                return done
            form, refused = sent if type(sent) is kind else form, sent.non_field_errors()
        return self.page(
            request, "disputes/admin/complaint.html", title=complaint.no, status=status, complaint=complaint, form=form, refused=refused,
            clock=queries.clocks_of([complaint]).get(complaint.pk),
        )  # fmt: skip

    def _step(self, request, complaint, **asked):
        if "outcome" in asked:
            services.close_complaint(complaint.pk, actor=request.actor, **asked)
            messages.success(request, _("%(no)s is closed; both parties are told.") % {"no": complaint.no})
        else:
            services.acknowledge_complaint(complaint.pk, actor=request.actor, **asked)
            messages.success(request, _("%(no)s is taken up; both parties are told.") % {"no": complaint.no})
        return redirect("admin:disputes_complaint_change", complaint.pk)
