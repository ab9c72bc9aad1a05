import logging

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from kernel.refusals import Denied, Refusal

from .queries import ACTING_FOR, actor_of, has_second_factor
from .services import note_refused_act

log = logging.getLogger(__name__)
FREE = {"account_logout", "accounts:switch", "accounts:invitation", "set_language"}  # not done in the name of a company


class ActorMiddleware:
    """Put `request.actor` on every request; it is read from the database on first use, once per request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = SimpleLazyObject(lambda: actor_of(request))
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """A session acts for the company that was chosen and never slips over to another one when that place ends (H15)."""
        if not request.user.is_authenticated:
            return None
        chosen, actor = request.session.get(ACTING_FOR), request.actor
        if chosen == actor.enterprise_id or (chosen is None and not request.user.has_choice):
            return None
        if request.method in ("GET", "HEAD"):
            request.session[ACTING_FOR] = actor.enterprise_id
            if chosen is not None:
                rotate_token(request)  # forms on pages of the other company are dead
                text = _("You no longer belong to the company you acted for. Look at the top of the page whom you act for now.")
                messages.warning(request, text)
        elif chosen is not None and request.resolver_match.view_name not in FREE:
            refusal = Denied("place_ended", _("You no longer belong to the company you acted for when this page was opened."))
            return render(request, "403.html", {"refusal": refusal}, status=403)
        return None


class StaffSecondFactorMiddleware:
    """Staff without a second factor are led from the back office to where they set one up, and nowhere else (P36).

    Elsewhere they are people without staff rights until then: see `queries.actor_of`.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.office = reverse("admin:index")

    def __call__(self, request):
        if request.path.startswith(self.office) and self._must_enrol(request.user):
            messages.warning(request, _("The back office opens to staff with a second factor. Set yours up now; it takes a minute."))
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _must_enrol(self, user) -> bool:
        return settings.STAFF_SECOND_FACTOR and user.is_authenticated and user.is_staff and not has_second_factor(user)


class RefusedActsMiddleware:
    """Put a member's attempt that was answered with 403 on their enterprise's log, so that failed attempts are seen (ASVS 16.3.2).

    Views that show a refusal on their form answer with its status, so it is the answer that counts; a missing CSRF token is no attempt
    of the person's, and never comes this far.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 403 and getattr(request, "came_to_a_view", False):
            self._note(request)
        return response

    def process_view(self, request, view, args, kwargs):
        request.came_to_a_view = True  # what stands before us in the list, the check of the token among it, has let it pass

    def process_exception(self, request, exception):
        if isinstance(exception, Refusal):
            request.refused_with = exception

    def _note(self, request) -> None:
        actor, refusal = request.actor, getattr(request, "refused_with", None)
        if actor.kind != "member" or request.resolver_match is None:
            return
        code = refusal.code if refusal else "denied"
        capability = str(refusal.params.get("capability", "")) if refusal else ""
        try:
            note_refused_act(actor=actor, page=request.resolver_match.view_name, method=request.method, code=code, capability=capability)
        except DatabaseError:  # the answer matters more than its trace
            log.exception("a refused act could not be kept")
