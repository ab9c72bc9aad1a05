"""Asking for another main account, with or without a log-in, and the holder's objection (H13)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kernel.refusals import Denied, NotFound, Refusal

from .. import queries, services
from ..forms.transfers import ObjectionForm, TransferReportForm
from .security import reauthenticated

KEPT = "kept_transfer_proofs"  # session key: {kind: [token, file name]} of files that arrived with a form that had to be corrected
SENT = "transfer_asked"  # session key: number, request key and proofs of the request just made


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_report(request) -> HttpResponse:
    """The form for whoever is to hold the main account; the answer does not say whether the company is registered (P12)."""
    if request.method != "POST":
        return _report_page(request, TransferReportForm(initial=_known(request)))
    form = TransferReportForm(request.POST, request.FILES)
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
            case = services.ask_main_transfer(actor=request.actor, proofs=tokens, **form.told())
        except Refusal as refusal:
            form.place(refusal)
            status = refusal.status
        else:
            request.session.pop(KEPT, None)
            request.session[SENT] = {"no": case.no, "key": form.cleaned_data["request_key"], "proofs": kept}
            return redirect("accounts:transfer_sent")
    return _report_page(request, form, status)


def _known(request) -> dict:
    """What a signed-in person of the company need not type."""
    if not request.user.is_authenticated:
        return {}
    firm = queries.enterprise_acted_for(request.user, request.actor)
    told = {"named": firm.name, "registration_no": firm.registration_no} if firm else {}
    return {**told, "name": request.user.display_name, "email": request.user.email}


def _keep_files(request, form: TransferReportForm, kept: dict) -> None:
    """Keep every file at once, so that a mistake in another field does not lose it."""
    form.full_clean()
    for kind in form.PROOFS:
        if upload := request.FILES.get(kind):
            try:
                document = services.keep_transfer_proof(upload, actor=request.actor, instead_of=kept.get(kind, [""])[0])
            except Refusal as refusal:
                form.add_error(kind, str(refusal))
            else:
                kept[kind] = [document.token, document.file_name]


def _report_page(request, form, status: int = 200) -> HttpResponse:
    kept = [name for _token, name in request.session.get(KEPT, {}).values()]
    return render(request, "accounts/transfer_report.html", {"form": form, "kept": kept, "nav": "help"}, status=status)


@never_cache
def transfer_sent(request) -> HttpResponse:
    """The case number of the request this visitor has just made, and what happens next."""
    if SENT not in request.session:
        return redirect("accounts:transfer_report")
    return render(request, "accounts/transfer_sent.html", {"no": request.session[SENT]["no"], "nav": "help"})


@reauthenticated
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_object(request) -> HttpResponse:
    """The holder of the main account sees the transfer that runs and objects to it."""
    if not request.actor.is_main:
        raise Denied("main_only")
    case, form, status = queries.transfer_running(request.actor), ObjectionForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.object_to_transfer(actor=request.actor, **form.cleaned_data)
            except NotFound:
                raise
            except Refusal as refusal:
                if case is None:
                    raise
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Your objection has stopped the transfer. Customer service will speak with you."))
                return redirect("accounts:security")
    if case is None:
        messages.info(request, _("No transfer of the main account is running."))
        return redirect("accounts:security")
    return render(request, "accounts/transfer_object.html", {"case": case, "form": form, "nav": "security"}, status=status)
