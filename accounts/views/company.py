"""The company page, its papers and the choice of the enterprise to act for."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render

from kernel.chains import subject_of
from kernel.queries import deadlines_about
from kernel.responses import private_file

from .. import queries
from ..permissions import CHANGE_COMPANY
from ..rules import CHANGE_GROUPS, place_name


@login_required
def company(request) -> HttpResponse:
    """The company as it is on file, its papers and how far its review is."""
    enterprise = queries.own_enterprise(request.actor)
    if enterprise is None:
        return redirect("accounts:join")
    clock = deadlines_about(enterprise).filter(policy="accounts.review", met_at=None).last()
    changes = queries.own_changes(request.actor)
    context = {
        "enterprise": enterprise, "papers": queries.papers_of(enterprise), "clock": clock, "nav": "company",
        "changes": changes, "change_clock": next((queries.change_clock(change) for change in changes if change.open), None),
        "groups": CHANGE_GROUPS if request.actor.can(CHANGE_COMPANY) else {},
        "place": place_name(enterprise.country, enterprise.province), "former_names": queries.former_names(enterprise),
        "trace": ":".join(subject_of(enterprise)),
        "others": [e for e in queries.enterprises_of(request.user) if e.pk != enterprise.pk],
    }  # fmt: skip
    return render(request, "accounts/enterprise_detail.html", context)


@login_required
def paper(request, token) -> HttpResponse | FileResponse:
    """Download a paper of one's own enterprise."""
    return private_file(queries.own_paper(request.actor, token))
