"""Edges of every request: its id, its language, no shared caching of private pages, and refusals as sentences."""

import secrets

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.defaults import bad_request

from .refusals import Refusal

METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
COLLISIONS = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available: the transaction is gone, nothing written


class RequestIdMiddleware:
    """Give each request an id that facts, logs and error pages share.

    Answers 400 to a NUL, which no text in the database can hold (P38), and 405 to verbs no page has.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = secrets.token_hex(8)
        if request.method not in METHODS:
            response: HttpResponse = HttpResponseNotAllowed(METHODS)
        elif _has_nul(request):
            response = bad_request(request, SuspiciousOperation("NUL"))
        else:
            response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        return response


def _has_nul(request) -> bool:
    query = request.META.get("QUERY_STRING", "")
    return "\x00" in request.path or "%00" in query or "\x00" in query or any("\x00" in value for value in request.COOKIES.values())


class LanguageMiddleware:
    """Chinese unless the visitor chose English: the choice is a cookie, never the browser's guess (STACK §5).

    A page's address may name its language (`?lang=en`), so that search engines see both (docs/adr/0013): it wins for that page, and is
    the choice of a visitor who has made none. `request.here` is the address without it, for the button that changes the language.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        known, chosen = dict(settings.LANGUAGES), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        named = request.GET.get("lang", "") if request.method in ("GET", "HEAD") else ""
        language = next((code for code in (named, chosen) if code in known), settings.LANGUAGE_CODE)
        translation.activate(language)
        request.LANGUAGE_CODE, request.here = language, _without(request, "lang", "from")
        response = self.get_response(request)
        if named in known and chosen not in known:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, named, samesite=settings.LANGUAGE_COOKIE_SAMESITE, secure=settings.LANGUAGE_COOKIE_SECURE
            )
        patch_vary_headers(response, ["Cookie"])
        response.headers.setdefault("Content-Language", language)
        return response


def _without(request, *names: str) -> str:
    if not any(name in request.GET for name in names):
        return request.get_full_path()
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return request.path + (f"?{query.urlencode()}" if query else "")


class PrivateCacheMiddleware:
    """What a signed-in person sees is kept by no cache between us and them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class RefusalMiddleware:
    """Answer a Refusal that no view put on a form with a page that says why, and its status; so too at an address without a page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in ("GET", "HEAD"):
            return response
        # Somebody came back from a log-in, or reloaded: the address of a form is no page to look at.
        text = _(
            "This address only takes a form. What was sent before the log-in did not arrive; open the page again and send it once more."
        )
        page = render(request, "refused.html", {"refusal": Refusal("form_only", text)}, status=405)
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request, exception):
        if isinstance(exception, OperationalError) and getattr(exception.__cause__, "sqlstate", "") in COLLISIONS:
            exception = Refusal("busy", _("Somebody else was changing the same things at this moment. Nothing was done; please try again."))
            exception.status = 409
        if not isinstance(exception, Refusal):
            return None
        if exception.status == 404:
            from django.views.defaults import page_not_found

            return page_not_found(request, Http404(exception.code))
        template = "403.html" if exception.status == 403 else "refused.html"
        return render(request, template, {"refusal": exception}, status=exception.status)
