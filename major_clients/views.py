from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel.refusals import Refusal

from . import queries, services
from .forms import ApplicationForm
from .rules import volume_rules


@require_GET
def home(request):
    """What the channel is and who qualifies, for everybody; one's own applications for those who may see them."""
    applications = queries.applications_shown(request.actor)
    may_apply = not any(a.state != "declined" for a in applications)
    context = {"nav": "major", "rules": volume_rules(), "applications": applications, "may_apply": may_apply}
    return render(request, "major_clients/home.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request):
    """The application; whoever has one under review or accepted is led to it."""
    if queries.application_in_force(request.actor) and request.method != "POST":
        messages.info(request, _("Your application is here; there is nothing more to hand in."))
        return redirect("major_clients:home")
    form, status = ApplicationForm(), 200
    if request.method == "POST":
        form, status = ApplicationForm(request.POST), 422
        if form.is_valid():
            try:
                application = services.submit_application(actor=request.actor, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Your application %(no)s is handed in.") % {"no": application.no})
                return redirect("major_clients:home")
    return render(request, "major_clients/apply.html", {"nav": "major", "form": form, "rules": volume_rules()}, status=status)
