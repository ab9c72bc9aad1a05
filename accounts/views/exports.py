"""Everything about the company as one file: asked for, watched, downloaded; for its main account only (H54, P39)."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kernel.refusals import Denied, Refusal
from kernel.responses import private_stream
from kernel.services import read_document

from .. import archives, queries, services
from ..forms.keyed import KeyedForm
from .security import reauthenticated


@reauthenticated
def export(request) -> HttpResponse:
    """The newest exports and how far the one is that is being made; a POST asks for another."""
    jobs = queries.exports_of(request.actor)
    form, status = KeyedForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.request_export(actor=request.actor, request_key=form.cleaned_data["request_key"])
            except Denied:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The export is being made. It appears here when it is ready."))
                return redirect("accounts:export")
    running = next((job for job in jobs if job.state in ("requested", "running")), None)
    context = {"jobs": jobs, "running": running, "form": form, "nav": "company"}
    return render(request, "accounts/export.html", context, status=status)


@reauthenticated(on_open=True)
def export_file(request, pk) -> StreamingHttpResponse:
    """Download one export; who took it is in the log."""
    document = services.take_export(pk, actor=request.actor).document
    return private_stream(archives.whole(read_document(document)), file_name=document.file_name, content_type=document.content_type)
