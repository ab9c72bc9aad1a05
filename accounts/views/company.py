from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.queries import open_deadline
from kernel.refusals import NotFound, Refusal
from kernel.responses import private_file

from .. import queries, services
from ..forms import CompanyForm
from ..rules import PROVINCES

KEPT = "kept_papers"  # session key: {kind: token} of papers kept while the form is not right yet
PAPER_FIELDS = ("licence", "legal_rep_id", "tax")


@login_required
@require_http_methods(["GET", "POST"])
def join(request):
    """Register an enterprise."""
    if queries.registration_in_progress(request.actor, request.user):
        return redirect("accounts:company")
    form = _company_form(request)
    if request.method == "POST" and _ready(request, form):
        try:
            papers = request.session.get(KEPT, {})
            enterprise = services.register_enterprise(
                form.particulars, papers=papers, actor=request.actor, request_key=form.cleaned_data["request_key"]
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(KEPT, None)
            request.session[queries.ACTING_FOR] = enterprise.pk
            return redirect("accounts:company")
    return _show(request, form, "accounts/join.html")


@login_required
@require_http_methods(["GET", "POST"])
def company(request):
    """Show the company profile and how far its review is; a rejected registration is corrected and handed in again here."""
    enterprise = queries.own_enterprise(request.actor)
    if enterprise is None:
        return redirect("accounts:join")
    if request.method == "POST" or (enterprise.state == "rejected" and "correct" in request.GET):
        return _correct(request, enterprise)
    context = {
        "enterprise": enterprise, "papers": queries.papers_of(enterprise), "nav": "company",
        "deadline": open_deadline(enterprise, "accounts.review"), "others": queries.enterprises_of(request.user).exclude(pk=enterprise.pk),
    }  # fmt: skip
    return render(request, "accounts/company.html", context)


def _correct(request, enterprise):
    fields = [name for name in CompanyForm.base_fields if hasattr(enterprise, name)]
    form = _company_form(request, on_file=True, initial={name: getattr(enterprise, name) for name in fields})
    if request.method == "POST" and _ready(request, form):
        papers, key = request.session.get(KEPT, {}), form.cleaned_data["request_key"]
        try:
            services.resubmit_enterprise(enterprise.pk, form.particulars, papers=papers, actor=request.actor, request_key=key)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            request.session.pop(KEPT, None)
            messages.success(request, _("Handed in again. The review takes 1 to 3 working days."))
            return redirect("accounts:company")
    return _show(request, form, "accounts/join.html", enterprise=enterprise)


def _company_form(request, **kwargs) -> CompanyForm:
    kept = queries.kept_papers(request.actor, request.session.get(KEPT, {}))
    return CompanyForm(request.POST or None, request.FILES or None, kept=kept, **kwargs)


def _ready(request, form) -> bool:
    """Keep every readable upload even when the rest of the form is wrong: bad input loses nothing."""
    form.is_valid()
    tokens = {kind: d.token for kind, d in queries.kept_papers(request.actor, request.session.get(KEPT, {})).items()}
    for kind in PAPER_FIELDS:
        upload = request.FILES.get(kind)
        if upload and kind not in form.errors:
            try:
                tokens[kind] = services.keep_paper(upload, actor=request.actor).token
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
    request.session[KEPT] = tokens
    form.show_kept(queries.kept_papers(request.actor, tokens))
    return not form.errors


def _show(request, form, template: str, **context):
    context |= {"form": form, "provinces": PROVINCES, "nav": "company"}
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
@require_GET
def paper(request, token: str):
    """Send one of the company's own papers."""
    return private_file(queries.own_paper(request.actor, token), inline=True)


@login_required
@require_POST
def switch(request):
    """Act for another of one's enterprises from now on."""
    chosen = request.POST.get("enterprise", "")
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise NotFound()
    enterprise = services.switch_enterprise(int(chosen), actor=request.actor)
    request.session[queries.ACTING_FOR] = enterprise.pk
    return redirect(reverse("dashboard"))
