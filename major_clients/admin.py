"""The account managers' desk: who waits longest is on top; decided by services only."""

from functools import partial

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from kernel.desks import Desk

from . import queries, services
from .forms import DecisionForm
from .models import ChannelApplication
from .permissions import DECIDE_APPLICATION


@admin.register(ChannelApplication)
class ChannelApplicationAdmin(Desk):
    list_display = ["no", "enterprise", "deal_class", "shown_volume", "has_debt", "unclear_regulation", "state", "submitted_at"]
    list_filter = ["state", "deal_class"]
    list_select_related = ["enterprise"]
    ordering = ["submitted_at", "id"]
    search_fields = ["no__exact"]
    search_help_text = _("Number of the application")
    permission, opens_on = DECIDE_APPLICATION, "state__exact=submitted"

    @admin.display(description=_("volume a year"), ordering="volume_minor")
    def shown_volume(self, application):
        return application.volume

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One application and the decision on it."""
        application = queries.application_for_desk(request.actor, object_id)
        form, status = DecisionForm(), 200
        if request.method == "POST":
            form = DecisionForm(request.POST)
            done, status = self.decide(form, partial(self._decide, request, application))
            if done:
                return done
        shown = {"application": application, "form": form}
        return self.page(request, "major_clients/admin/application.html", title=application.no, status=status, **shown)

    def _decide(self, request, application, *, decision, **asked):
        if decision == "accept":
            services.accept_application(application.pk, actor=request.actor, **asked)
            messages.success(request, _("%(no)s is accepted; the applicant is told.") % {"no": application.no})
        else:
            services.decline_application(application.pk, actor=request.actor, **asked)
            messages.success(request, _("%(no)s is declined; the applicant is told.") % {"no": application.no})
        return redirect("admin:major_clients_channelapplication_changelist")
