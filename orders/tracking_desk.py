"""Customer service at tracking: what was heard of which load, and files of events that no feed brings."""

from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.actors import require_staff
from kernel.desks import Desk
from kernel.responses import private_file
from kernel.tables import sheet

from . import rules, services
from .forms import TrackingFileForm
from .models import TrackingEvent
from .permissions import NOTE_TRACKING
from .queries import feeds
from .tracking_columns import EXAMPLE, heads


@admin.register(TrackingEvent)
class TrackingEventAdmin(Desk):
    list_display = ["happened_at", "load", "order_no", "kind", "place", "source", "recorded_at"]
    list_display_links = None
    list_filter = ["source", "kind"]
    search_fields = ["consignment__waybill_no__exact", "consignment__order__no__exact"]
    search_help_text = _("Waybill number or number of the order")
    sortable_by: list[str] = []
    ordering = ["-id"]
    list_select_related = ["consignment__order"]
    change_list_template = "orders/admin/tracking_events.html"

    @admin.display(description=_("waybill number"))
    def load(self, event):
        goods = event.consignment
        return f"{goods.carrier_name or rules.CARRIERS.get(goods.carrier, ('',))[0]} {goods.waybill_no}".strip()

    @admin.display(description=_("order"))
    def order_no(self, event):
        return event.consignment.order.no

    def get_urls(self):
        site = self.admin_site.admin_view
        return [
            path("import/", site(self.import_view), name="orders_trackingevent_import"),
            path("import/template/", site(self.template_view), name="orders_trackingevent_template"),
            path("import/<str:no>/", site(self.job_view), name="orders_trackingevent_job"),
            path("import/<str:no>/refused/", site(self.refused_view), name="orders_trackingevent_refused"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        may_import = request.actor.can_staff(NOTE_TRACKING)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})

    def import_view(self, request):
        """Hand in a file; its page shows how far the job is."""
        require_staff(request.actor, NOTE_TRACKING)
        form, status = TrackingFileForm(request.POST or None, request.FILES or None), 200
        if request.method == "POST":
            job, status = self.decide(form, lambda file, request_key: services.import_tracking(
                body=file.read(), file_name=file.name, actor=request.actor, request_key=request_key,
            ))  # fmt: skip
            if job:
                messages.success(request, _("%(no)s is being read. This page shows how far it is.") % {"no": job.no})
                return redirect("admin:orders_trackingevent_job", job.no)
        jobs = feeds.tracking_jobs(request.actor)
        title, columns = _("Import tracking events"), feeds.column_rows()
        return self.page(
            request, "orders/admin/tracking_import.html", title=title, status=status, form=form, jobs=jobs, columns=columns
        )  # fmt: skip

    def template_view(self, request):
        """The file to fill in, with one example."""
        require_staff(request.actor, NOTE_TRACKING)
        body, content_type = sheet(heads(), [EXAMPLE], excel=False)
        return HttpResponse(body, content_type=content_type, headers={"Content-Disposition": 'attachment; filename="tracking.csv"'})

    def job_view(self, request, no):
        """How far a file is, and the rows that it could not bring in."""
        return self.page(request, "orders/admin/tracking_job.html", title=no, job=feeds.tracking_job(request.actor, no))

    def refused_view(self, request, no):
        """The sheet of the rows that were not taken."""
        return private_file(services.refused_tracking(no, actor=request.actor))
