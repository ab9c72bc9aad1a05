from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel.deadlines import current
from kernel.queries import fact_label
from kernel.refusals import NotFound, Refusal

from . import queries, services
from .forms import ComplaintForm


@login_required
@require_GET
def complaint_list(request):
    """The complaints of one's enterprise, newest first, by keyset."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found, last = queries.complaints_page(request.actor, before=number)
    clocks, me = queries.clocks_of(found), request.actor.enterprise_id
    rows = [{"complaint": c, "mine": c.opened_by_id == me, "clock": clocks.get(c.pk), "other": _other_name(c, me)} for c in found]
    next_url = f"{reverse('disputes:list')}?before={last}" if last else ""
    return render(request, "disputes/list.html", {"nav": "cases", "rows": rows, "next_url": next_url, "paged": number is not None})


def _other_name(complaint, me: int) -> str:
    # As the order calls it: a name is a snapshot (P17).
    return complaint.order.party_name(complaint.order.other_party_id(me), get_language() or "")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request):
    """Say what went wrong with one order; a complaint that is open already is shown instead."""
    order = queries.order_to_complain_about(request.actor, request.GET.get("order", ""))
    if request.method != "POST" and (found := queries.open_complaint_about(request.actor, order)):
        messages.info(request, _("This is your complaint about that order; it is not closed yet."))
        return redirect("disputes:detail", found.no)
    form, status = ComplaintForm(), 200
    if request.method == "POST":
        form, status = ComplaintForm(request.POST), 422
        if form.is_valid():
            try:
                complaint = services.open_complaint(order.no, actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Complaint %(no)s is with our mediators.") % {"no": complaint.no})
                return redirect("disputes:detail", complaint.no)
    other = order.party_name(order.other_party_id(request.actor.enterprise_id), get_language() or "")
    return render(request, "disputes/new.html", {"nav": "cases", "order": order, "form": form, "other": other}, status=status)


@login_required
@require_GET
def complaint_detail(request, no: str):
    """One complaint as both its parties see it."""
    complaint = queries.complaint_for(request.actor, no)
    me = request.actor.enterprise_id
    context = {
        "nav": "cases", "complaint": complaint, "mine": complaint.opened_by_id == me, "other": _other_name(complaint, me),
        "clock": queries.clocks_of([complaint]).get(complaint.pk),
        "after": _("If nobody takes it up by then, %(what)s.") % {"what": current("disputes.acknowledge").consequence},
        "log": [{"at": fact.at, "text": fact_label(fact.name)} for fact in queries.facts_of(complaint)],
    }  # fmt: skip
    return render(request, "disputes/detail.html", context)
