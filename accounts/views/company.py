"""Registration, the company page, its papers and the choice of the enterprise to act for."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.queries import deadlines_about
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file

from .. import queries, services
from ..forms.registration import RegistrationForm

KEPT = "kept_papers"  # session key: {kind: token} of files that arrived with a form that had to be corrected
SENT = "sent_registration"  # session key: key and papers of the registration handed in last, for the same form arriving again


@login_required
def join(request) -> HttpResponse:
    """Register a company, or correct one that was sent back."""
    enterprise = queries.own_enterprise(request.actor)
    sent = request.session.get(SENT, {})
    again = request.method == "POST" and sent.get("key") == request.POST.get("request_key", "")
    if enterprise is not None and enterprise.state != "rejected" and not again:
        return redirect("accounts:company")
    if request.method != "POST":
        form = RegistrationForm(initial=_initial(enterprise) if enterprise else None)
        return _registration_page(request, form, enterprise)
    form = RegistrationForm(request.POST, request.FILES)
    papers = _keep_files(request, form, dict(sent["papers"]) if again else _kept(request))
    corrected: int | None = sent["corrects"] if again else enterprise.pk if enterprise else None
    status = _hand_in(request, form, corrected, papers) if form.is_valid() else 422
    if status != 200:
        request.session[KEPT] = {} if again else papers
        return _registration_page(request, form, enterprise, status=status)
    request.session.pop(KEPT, None)
    request.session[SENT] = {"key": form.cleaned_data["request_key"], "papers": papers, "corrects": corrected}
    messages.success(request, _("Handed in. A review takes 1 to 3 working days; you will be told here and by mail."))
    return redirect("accounts:company")


def _initial(enterprise) -> dict:
    return {name: getattr(enterprise, name) for name in services.Particulars.__dataclass_fields__}


def _kept(request) -> dict[str, str]:
    return {kind: document.token for kind, document in queries.kept_papers(request.actor, request.session.get(KEPT, {})).items()}


def _keep_files(request, form: RegistrationForm, papers: dict[str, str]) -> dict[str, str]:
    """Keep every file at once, so that a mistake in another field does not lose it; each takes the place of the one of its kind."""
    form.full_clean()
    for kind in form.PAPERS:
        if upload := request.FILES.get(kind):
            try:
                papers[kind] = services.keep_paper(upload, actor=request.actor, instead_of=papers.get(kind, "")).token
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
    return papers


def _hand_in(request, form: RegistrationForm, corrected: int | None, papers: dict[str, str]) -> int:
    """Register, or correct what was sent back; answers with the status for the page."""
    values = {"papers": papers, "actor": request.actor, "request_key": form.cleaned_data["request_key"]}
    try:
        if corrected is None:
            services.register_enterprise(form.particulars(), **values)
        else:
            services.resubmit_enterprise(corrected, form.particulars(), **values)
    except Refusal as refusal:
        form.place(refusal)
        return refusal.status
    return 200


def _registration_page(request, form, enterprise, status: int = 200) -> HttpResponse:
    kept = queries.kept_papers(request.actor, request.session.get(KEPT, {}))
    context = {"form": form, "enterprise": enterprise, "kept": kept, "nav": "company"}
    return render(request, "accounts/enterprise_new.html", context, status=status)


@login_required
def company(request) -> HttpResponse:
    """The company as it is on file, its papers and how far its review is."""
    enterprise = queries.own_enterprise(request.actor)
    if enterprise is None:
        return redirect("accounts:join")
    clock = deadlines_about(enterprise).filter(policy="accounts.review", met_at=None).last()
    context = {
        "enterprise": enterprise, "papers": queries.papers_of(enterprise), "clock": clock, "nav": "company",
        "others": [e for e in queries.enterprises_of(request.user) if e.pk != enterprise.pk],
    }  # fmt: skip
    return render(request, "accounts/enterprise_detail.html", context)


@login_required
def paper(request, token) -> HttpResponse | FileResponse:
    """Download a paper of one's own enterprise."""
    return private_file(queries.own_paper(request.actor, token))


@login_required
@require_POST
def switch(request) -> HttpResponse:
    """Act for another of one's enterprises from now on."""
    try:
        enterprise_id = int(request.POST.get("enterprise", "")[:12])
    except ValueError as error:
        raise NotFound() from error
    enterprise = services.switch_enterprise(enterprise_id, actor=request.actor)
    request.session[queries.ACTING_FOR] = enterprise.pk
    wanted = request.POST.get("next", "")
    return redirect(wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else reverse("dashboard"))
