"""Pages that belong to no single room: home, the business centre, health."""

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import services
from kernel.clock import now
from messaging.queries import unread_shown

from .dashboard import dashboard_of


def home(request):
    return render(request, "home.html")


@login_required
def dashboard(request):
    """The business centre: what waits for whom, and how trade stands."""
    if request.user.is_staff and not request.actor.enterprise_id:
        return redirect("admin:index")  # who works here and trades for nobody has nothing to do on this page
    context = dashboard_of(request.user, request.actor, unread_shown(request.actor))
    request.counted = context["counted"]  # the frame shows the same figures
    return render(request, "dashboard.html", {"nav": "dashboard", "today": now(), **context})


@require_POST
def choose_language(request):
    """Django's switch by cookie; a person who is signed in gets mails and notices in that language too."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated:
        services.choose_language(chosen, actor=request.actor)
    return set_language(request)


def styleguide(request):
    return render(request, "styleguide.html")


def healthz(request):
    """Say that this process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    """Say whether the database and its cache table answer; 503 when not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        cache.get("readyz")
    except Exception:  # whatever is wrong, the answer is the same
        return HttpResponse("not ready", status=503, content_type="text/plain")
    return HttpResponse("ready", content_type="text/plain")
