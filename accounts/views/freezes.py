"""Asking for an emergency freeze, with or without a log-in."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kernel.refusals import Denied, Refusal

from .. import queries, services
from ..forms.freezes import FreezeNowForm, FreezeReportForm
from .security import reauthenticated

KEPT = "kept_proofs"  # session key: {kind: [token, file name]} of files that arrived with a form that had to be corrected
SENT = "freeze_reported"  # session key: number, request key and proofs of the report just made


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def freeze_report(request) -> HttpResponse:
    """The form for whoever cannot log in; the answer does not say whether the company is registered (H12, P12)."""
    if request.method != "POST":
        return _report_page(request, FreezeReportForm())
    form = FreezeReportForm(request.POST, request.FILES)
    sent = request.session.get(SENT, {})
    again = sent.get("key") == request.POST.get("request_key", "")
    kept = dict(sent["proofs"]) if again else dict(request.session.get(KEPT, {}))
    if not again:
        _keep_files(request, form, kept)
    request.session[KEPT] = {} if again else kept
    status = 422
    if form.is_valid():
        try:
            tokens = {kind: token for kind, (token, _name) in kept.items()}
            case = services.report_freeze(actor=request.actor, proofs=tokens, **form.told())
        except Refusal as refusal:
            form.place(refusal)
            status = refusal.status
        else:
            request.session.pop(KEPT, None)
            request.session[SENT] = {"no": case.no, "key": form.cleaned_data["request_key"], "proofs": kept}
            return redirect("accounts:freeze_sent")
    return _report_page(request, form, status)


def _keep_files(request, form: FreezeReportForm, kept: dict) -> None:
    """Keep every file at once, so that a mistake in another field does not lose it."""
    form.full_clean()
    for kind in form.PROOFS:
        if upload := request.FILES.get(kind):
            try:
                document = services.keep_proof(upload, actor=request.actor, instead_of=kept.get(kind, [""])[0])
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
            else:
                kept[kind] = [document.token, document.file_name]


def _report_page(request, form, status: int = 200) -> HttpResponse:
    kept = [name for _token, name in request.session.get(KEPT, {}).values()]
    own = bool(request.actor.is_main and request.actor.enterprise_state == "verified")
    return render(request, "accounts/freeze_report.html", {"form": form, "kept": kept, "own": own, "nav": "help"}, status=status)


@never_cache
def freeze_sent(request) -> HttpResponse:
    """The case number of the report this visitor has just made, and what happens next."""
    if SENT not in request.session:
        return redirect("accounts:freeze_report")
    return render(request, "accounts/freeze_sent.html", {"no": request.session[SENT]["no"], "nav": "help"})


@reauthenticated
def freeze_now(request) -> HttpResponse:
    """The main account freezes its own company at once; it is logged out with everybody else."""
    if not request.actor.is_main:
        raise Denied("main_only")
    form, status = FreezeNowForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                case = services.freeze_own(actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                logout(request)
                request.session[SENT] = {"no": case.no, "key": "", "proofs": {}}
                return redirect("accounts:freeze_sent")
    context = {"form": form, "enterprise": queries.enterprise_acted_for(request.user, request.actor), "nav": "security"}
    return render(request, "accounts/freeze_now.html", context, status=status)
