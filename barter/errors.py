"""Error pages with the request at hand, so that they can show the reference that the log has too."""

import logging

from django.shortcuts import render

log = logging.getLogger("barter")


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", {"reason": reason}, status=403)


def server_error(request):
    """Say that the step was undone, with the reference; a page so broken that even this fails falls back to plain words."""
    log.error("server error, reference %s, %s %s", getattr(request, "request_id", "-"), request.method, request.path)
    return render(request, "500.html", status=500)
