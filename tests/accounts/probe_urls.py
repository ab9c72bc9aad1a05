"""The site's addresses with one more: a page behind the question for the password."""

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from accounts.views.security import reauthenticated
from barter.urls import urlpatterns as ours

SENT = []


@reauthenticated
def probe(request):
    if request.method == "POST":
        SENT.append(request.POST.dict())
        return HttpResponse("done")
    return HttpResponse("<form>")


@reauthenticated
@require_POST
def act(request):
    SENT.append(request.POST.dict())
    return HttpResponse("done")


@reauthenticated(on_open=True)
def uploading(request):
    return HttpResponse("<form>")


urlpatterns = [*ours, path("probe/", probe), path("act/", act), path("uploading/", uploading)]
