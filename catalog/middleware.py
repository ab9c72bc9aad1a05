"""Edges of public pages: by which campaign somebody came, what was shown to them; nothing is written in their request (C06, H56)."""

import logging
import re

from django.conf import settings
from django.db import DatabaseError

from . import queries, services

log = logging.getLogger(__name__)
CAME_BY, KEPT_FOR = "came_by", 30 * 24 * 3600
CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
ROBOT = re.compile(
    r"bot|crawl|spider|slurp|preview|fetch|scan|monitor|headless|curl|wget|python|java/|go-http|httpclient|okhttp|lighthouse|^$", re.I
)


def robotic(request) -> bool:
    """Whether a request comes from a machine that reads pages, as far as it says so, or only in case somebody may look."""
    ahead = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return bool(ROBOT.search(request.headers.get("User-Agent", ""))) or "prefetch" in ahead


class ReachMiddleware:
    """Count what a page has shown, and keep a campaign's code: in a cookie of ours, for members with their next act in a row.

    The cookie holds the code alone and says nothing about the person.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method == "GET" and not robotic(request):
            self._count(request, response)
        if getattr(request, "campaign_kept", False):
            response.delete_cookie(CAME_BY, samesite="Lax")
        return response

    def process_view(self, request, view, args, kwargs):
        """Before a member's act: what comes of it is put down to the campaign they came by."""
        code = request.COOKIES.get(CAME_BY, "")
        if request.method == "POST" and code and request.user.is_authenticated:
            request.campaign_kept = True
            if CODE.fullmatch(code):
                try:
                    services.keep_touch(request.user.pk, code)
                except DatabaseError:  # the act matters more than where its person came from
                    log.exception("the campaign of a member could not be kept")

    def _count(self, request, response) -> None:
        visitor = f"{request.user.pk or ''}|{request.META.get('REMOTE_ADDR', '')}|{request.headers.get('User-Agent', '')}"
        if response.status_code == 200:
            for kind in ("shown", "opened", "ad_shown"):
                if seen := getattr(request, {"ad_shown": "ads_shown"}.get(kind, kind), ()):
                    services.note(kind, seen, visitor=visitor)
        if followed := getattr(request, "ads_opened", ()):
            services.note("ad_opened", followed, visitor=visitor)
        code = request.GET.get("from", "").lower()
        if response.status_code in (200, 302) and CODE.fullmatch(code) and (campaign := queries.running_campaign(code)):
            services.note("visit", [campaign], visitor=visitor)
            response.set_cookie(
                CAME_BY, code, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=settings.LANGUAGE_COOKIE_SECURE
            )  # fmt: skip
