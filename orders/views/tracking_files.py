"""Tracking of what an enterprise sends, out of a file of its carrier."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.actors import require
from kernel.queries import jobs_of
from kernel.refusals import Denied, Refusal
from kernel.tables import sheet

from .. import services
from ..forms import TrackingFileForm
from ..permissions import SHIP
from ..queries.feeds import column_rows
from ..services.tracking_files import OWN_KIND
from ..tracking_columns import EXAMPLE, heads


@login_required
def tracking_import(request):
    """Send a file of events; the newest jobs stand beside it."""
    require(request.actor, SHIP)
    form, status = TrackingFileForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file, key = form.cleaned_data["file"], form.cleaned_data["request_key"]
            try:
                job = services.import_own_tracking(body=file.read(), file_name=file.name, actor=request.actor, request_key=key)
            except Denied:
                raise
            except Refusal as refusal:
                form.add_error("file" if refusal.code.startswith(("table_", "header_")) else None, str(refusal))
            else:
                text = _("%(no)s is under way. You may leave this page; the inbox tells you when it is finished.")
                messages.success(request, text % {"no": job.no})
                return redirect("kernel:job", job.no)
    jobs, _older = jobs_of(request.actor, kinds=[OWN_KIND], limit=5)
    context = {"form": form, "jobs": jobs, "columns": column_rows(own=True), "nav": "orders"}
    return render(request, "orders/tracking_import.html", context, status=status)


@login_required
def tracking_template(request) -> HttpResponse:
    """The file to fill in, with one example, in the reader's language."""
    require(request.actor, SHIP)
    body, content_type = sheet(heads(), [EXAMPLE], excel=False)
    return HttpResponse(body, content_type=content_type, headers={"Content-Disposition": 'attachment; filename="tracking.csv"'})
