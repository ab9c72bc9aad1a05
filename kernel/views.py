"""Jobs: how far each is, what it left, and stopping it. The page survives being left, and works by reloading."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from . import queries, services
from .jobs import KINDS
from .responses import private_file


@login_required
def jobs(request) -> HttpResponse:
    before = request.GET.get("before", "")
    found, older = queries.jobs_of(
        request.actor, before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )
    context = {"jobs": found, "next_url": f"{reverse('kernel:jobs')}?before={older}" if older else "", "nav": "jobs"}
    return render(request, "kernel/job_list.html", context)


@login_required
def job(request, no) -> HttpResponse:
    found = queries.job_for(request.actor, no)
    kind = KINDS[found.kind]
    context = {"job": found, "nav": "jobs", "page_url": kind.page(found), "shown": max(found.total, 1)}
    return render(request, "kernel/job.html", context)


@login_required
@require_POST
def job_stop(request, no) -> HttpResponse:
    services.cancel_job(no, actor=request.actor, request_key=request.POST.get("request_key", ""))
    messages.success(request, _("%(no)s is stopped. What it had done stays done.") % {"no": no})
    return redirect("kernel:job", no)


@login_required
def job_result(request, no) -> HttpResponse:
    return private_file(services.take_job_file(no, which="result", actor=request.actor))


@login_required
def job_refused(request, no) -> HttpResponse:
    return private_file(services.take_job_file(no, which="refused", actor=request.actor))
