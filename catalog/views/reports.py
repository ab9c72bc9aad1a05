"""Reporting an offer or a request, and reading what came of it."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.refusals import Refusal

from .. import queries, services
from ..forms import ReportForm


@login_required
def want_report(request, no):
    """Say what is wrong with a request."""
    thing = queries.report_thing(want_no=no)
    return _report(request, thing, reverse("catalog:want", args=[no]), partial(services.make_report, want_no=no))


@login_required
def offer_report(request, no):
    """Say what is wrong with an offer."""
    thing = queries.report_thing(listing_no=no)
    return _report(request, thing, reverse("catalog:offer", args=[no]), partial(services.make_report, listing_no=no))


def _report(request, thing, back: str, act):
    form, status = ReportForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = act(actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                said = _("%(no)s: thank you. Customer service looks into it and you are told what came of it.")
                messages.success(request, said % {"no": made.no})
                return redirect("catalog:reports")
    return render(request, "catalog/report.html", {"form": form, "thing": thing, "back": back, "nav": "market"}, status=status)


@login_required
def reports(request):
    """What this person has reported, and what came of it."""
    page = queries.own_reports(request.actor, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "catalog/reports.html", {"page": page, "nav": "alerts"})
