"""The help pages: open to everybody, logged in or not."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from kernel.refusals import Refusal

from . import queries, services
from .forms import ContactForm, new_key

SENT = "helpdesk_sent"  # session key: the number of the request just made


@require_GET
def home(request):
    return render(request, "helpdesk/home.html", {"brand": settings.BRAND, "nav": "help"})


@require_GET
def rules(request):
    return render(request, "helpdesk/rules.html", {"brand": settings.BRAND, "custodian": settings.CUSTODIAN_BANK, "nav": "help"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request):
    """Contact customer service (H10)."""
    status = 200
    form = ContactForm(request.POST or None, initial={**queries.known_contact(request.actor), "request_key": new_key()})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.make_request(actor=request.actor, language=get_language(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                request.session[SENT] = made.no
                return redirect("helpdesk:contact_sent")
    return render(request, "helpdesk/contact.html", {"form": form, "brand": settings.BRAND, "nav": "help"}, status=status)


@never_cache
@require_GET
def contact_sent(request):
    """The number of the request this visitor has just made."""
    if SENT not in request.session:
        return redirect("helpdesk:contact")
    return render(request, "helpdesk/contact_sent.html", {"no": request.session[SENT], "nav": "help"})
